import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { resolveSettings } from '../../src/core/settings.ts'
import type { BundledTarget } from '../../src/server/bundled-target.ts'
import { serverOptions } from '../../src/server/options.ts'
import { runServer } from '../support/running-server.ts'
import { jsonOf, runApp, send, until } from './app-under-test.ts'

const PATH = '/api/v1/eventstreammonitor/tasks'

/** Directories that hold a file which one of these processes has open. */
function directoriesOf(pids: readonly number[]): readonly string[] {
  const inodes = new Set(
    pids.flatMap((pid) =>
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        const stats = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false })
        return stats?.isFile() === true ? [stats.ino] : []
      }),
    ),
  )
  return databases().filter((path) => {
    const file = statSync(join(path, 'tasks.db'), { throwIfNoEntry: false })
    return file !== undefined && inodes.has(file.ino)
  })
}

function databases(): readonly string[] {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith('tune-database-'))
  return names.map((name) => join(tmpdir(), name))
}

for (const [how, end] of [
  ['is stopped', (target: BundledTarget) => target.stop()],
  [
    'loses its primary by SIGKILL',
    async (target: BundledTarget) => {
      process.kill(target.pids()[0] ?? assert.fail('no primary'), 'SIGKILL')
      await target.stop()
    },
  ],
] as const) {
  test(`the embedded database is shared by the workers, private, and gone when the server ${how}`, async (t) => {
    const target = await runServer(t, { WEB_CONCURRENCY: '2' })
    await send(target.url + PATH, { method: 'POST', body: JSON.stringify({ service: 'a', payload: {} }) })
    for (let request = 0; request < 4; request++) {
      const answer = await send(`${target.url}${PATH}?service=a`)
      assert.match(answer.body.toString(), /"total":1/)
    }
    const [directory = assert.fail('no database'), ...others] = directoriesOf(target.pids())
    assert.deepEqual([others, statSync(directory).mode & 0o777], [[], 0o700])
    await end(target)
    await until(() => !databases().includes(directory), 'it is gone')
  })
}

test('an app without a cluster has an embedded database of its own, and removes it when it is drained', async (t) => {
  const { database } = serverOptions(resolveSettings({ flags: {}, environment: {} }), 1)
  const { drain, server, url } = await runApp(t, { database })
  assert.equal(jsonOf(await send(url + PATH))['total'], 300)
  const [directory = assert.fail('no database'), ...others] = directoriesOf([process.pid])
  assert.deepEqual(others, [])
  server.closeAllConnections()
  await drain(0)
  assert.ok(!databases().includes(directory))
})

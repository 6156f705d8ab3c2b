import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'

import { TargetError } from '../../src/core/errors.ts'
import { runServer } from '../support/running-server.ts'
import { isAlive } from '../support/run-tune.ts'
import { until } from './app-under-test.ts'

const FLAGS = { WEB_CONCURRENCY: '2', UPSTREAMS: 'none=http://127.0.0.1:9' }

for (const [what, host, expected] of [
  ['a host name that does not exist', 'nowhere.invalid', /nowhere\.invalid/],
  ['an address of another machine', '192.0.2.1', /192\.0\.2\.1/],
] as const) {
  test(`HT14 ${what} stops the start with one line, and no process is left`, async (t) => {
    let parent = 0
    const started = runServer(t, { ...FLAGS, SERVER_HOST: host }, { onParent: (pid) => (parent = pid) })
    await assert.rejects(started, (error: unknown) => {
      assert.ok(error instanceof TargetError)
      assert.match(error.message, expected)
      assert.doesNotMatch(error.message, /\n/)
      return true
    })
    assert.ok(parent > 0)
    await until(() => !isAlive(parent), 'the process has ended')
  })
}

test('HT14 a port that is taken stops the start with one line that names it, and no process is left', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  let parent = 0
  const started = runServer(t, FLAGS, { port, onParent: (pid) => (parent = pid) })
  await assert.rejects(started, (error: unknown) => {
    assert.ok(error instanceof TargetError)
    assert.match(error.message, new RegExp(`port ${port} `))
    assert.doesNotMatch(error.message, /\n/)
    return true
  })
  await until(() => !isAlive(parent), 'the process has ended')
})

test('HT14 port 0 takes a free port, and the address says which', async (t) => {
  const { url } = await runServer(t, FLAGS, { port: 0 })
  assert.ok(Number(new URL(url).port) > 0)
})

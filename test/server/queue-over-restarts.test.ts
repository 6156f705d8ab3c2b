import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { resolveSettings } from '../../src/core/settings.ts'
import { runServer } from '../support/running-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { send, until } from './app-under-test.ts'
import { runObservedServer } from './metrics/running-server.ts'

function flagsOf(more: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder('queue')
  const path = join(folder, 'queue.json')
  const flags = {
    UPSTREAMS: 'none=http://127.0.0.1:9',
    QUEUE_ENABLED: 'true',
    QUEUE_SIZE: '1000',
    QUEUE_STATE_PATH: path,
    QUEUE_SAVE_INTERVAL: '1',
    ...more,
  }
  const state = (): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  return { path, flags, state }
}

test('QU09 QU10 the primary alone saves what all workers have counted, from time to time and at the end', async (t) => {
  const { path, flags, state } = flagsOf({ WEB_CONCURRENCY: '2' })
  const server = await runServer(t, flags)
  for (let request = 0; request < 10; request++) await send(`${server.url}/work`)
  const admitted = (): unknown => (state()['counters'] as Record<string, unknown>)['admitted']
  await until(() => existsSync(path) && admitted() === 10, 'it is saved')
  await send(`${server.url}/work`)
  await server.stop()
  assert.equal(admitted(), 11)
  assert.deepEqual([state()['version'], state()['max_size'], server.warnings], [1, 1_000, []])
})

test('QU09 a size that was applied to a running server is that of the next one', async (t) => {
  const { flags, state } = flagsOf({ WEB_CONCURRENCY: '1', QUEUE_CONCURRENCY: '1' })
  const first = await runServer(t, flags)
  await first.apply(resolveSettings({ flags: { ...flags, QUEUE_SIZE: '1' }, environment: {}, preset: 'bench' }))
  await first.stop()
  assert.deepEqual([state()['max_size'], state()['initial_size']], [1, 1_000])
  const second = await runServer(t, flags)
  const asked = Array.from({ length: 3 }, () => send(`${second.url}/work?wait=300`))
  const statuses = (await Promise.all(asked)).map(({ status }) => status).sort((left, right) => left - right)
  assert.deepEqual(statuses, [200, 200, 503])
})

test('QU09 a server whose state is damaged starts, warns, and counts it', async (t) => {
  const { path, flags } = flagsOf({ WEB_CONCURRENCY: '0' })
  writeFileSync(path, '{}')
  const { target, scrape } = await runObservedServer(t, flags)
  assert.equal((await send(`${target.url}/work`)).status, 200)
  assert.match(target.warnings.join('\n'), /QUEUE_STATE_PATH: .*queue\.json is not used \(its version is not 1\)/)
  assert.equal((await scrape()).sum('tune_queue_state_failures_total'), 1)
})

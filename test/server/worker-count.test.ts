import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SettingsError } from '../../src/core/errors.ts'
import { resolveSettings } from '../../src/core/settings.ts'
import { serverOptions } from '../../src/server/options.ts'
import { workersFor } from '../../src/server/worker-count.ts'

test('WK01 one worker runs per whole CPU, and one on a part of a CPU', () => {
  const counts = [0.25, 0.5, 1, 1.5, 2, 3.9, 64].map((cpus) => workersFor({ kind: 'per-cpu' }, cpus))
  assert.deepEqual(counts, [1, 1, 1, 1, 2, 3, 64])
})

test('WK01 the policy of gunicorn gives two workers per CPU and one more, at most 12', () => {
  const counts = [0.5, 1, 2, 4, 5, 6, 64].map((cpus) => workersFor({ kind: 'gunicorn' }, cpus))
  assert.deepEqual(counts, [3, 3, 5, 9, 11, 12, 12])
})

// The documents give: 2 cores → 4, 4 → 8, 8 → 16 with two workers per core.
test('WK01 workers per core are multiplied up to the maximum', () => {
  const counts = [2, 4, 8].map((cpus) => workersFor({ kind: 'per-core', workersPerCore: 2, maxWorkers: 16 }, cpus))
  assert.deepEqual(counts, [4, 8, 16])
  assert.equal(workersFor({ kind: 'per-core', workersPerCore: 2, maxWorkers: 10 }, 8), 10)
})

function workersOf(environment: Readonly<Record<string, string>>): number {
  return serverOptions(resolveSettings({ flags: {}, environment }), 4).workers
}

test('WK01 of the names for the number of workers WEB_CONCURRENCY counts before GUNICORN_WORKERS, and that before WORKERS', () => {
  const [WORKERS, GUNICORN_WORKERS, WEB_CONCURRENCY] = ['3', '5', '7']
  assert.equal(workersOf({ WORKERS, GUNICORN_WORKERS, WEB_CONCURRENCY }), 7)
  assert.equal(workersOf({ WORKERS, GUNICORN_WORKERS }), 5)
  assert.equal(workersOf({ WORKERS }), 3)
  assert.equal(workersOf({ WORKERS, WORKERS_PER_CORE: '2' }), 3, 'a number counts before any policy')
  assert.equal(workersOf({}), 4)
})

for (const wrong of ['-1', 'abc', '1.5', '1000000']) {
  test(`WK01 ${wrong} workers are refused`, () => {
    assert.throws(
      () => workersOf({ WEB_CONCURRENCY: wrong }),
      (error) => error instanceof SettingsError && /WEB_CONCURRENCY must be a whole number from 0/.test(error.message),
    )
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { workersFor } from '../../src/server/worker-count.ts'

test('one worker runs per whole CPU, and one on a part of a CPU', () => {
  const counts = [0.25, 0.5, 1, 1.5, 2, 3.9, 64].map((cpus) => workersFor({ kind: 'per-cpu' }, cpus))
  assert.deepEqual(counts, [1, 1, 1, 1, 2, 3, 64])
})

test('the policy of gunicorn gives two workers per CPU and one more, at most 12', () => {
  const counts = [0.5, 1, 2, 4, 5, 6, 64].map((cpus) => workersFor({ kind: 'gunicorn' }, cpus))
  assert.deepEqual(counts, [3, 3, 5, 9, 11, 12, 12])
})

// The documents give: 2 cores → 4, 4 → 8, 8 → 16 with two workers per core.
test('workers per core are multiplied up to the maximum', () => {
  const counts = [2, 4, 8].map((cpus) => workersFor({ kind: 'per-core', workersPerCore: 2, maxWorkers: 16 }, cpus))
  assert.deepEqual(counts, [4, 8, 16])
  assert.equal(workersFor({ kind: 'per-core', workersPerCore: 2, maxWorkers: 10 }, 8), 10)
})

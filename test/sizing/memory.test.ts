import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import {
  oldSpaceBytes,
  plannableBytes,
  plannedWorkerBytes,
  workersThatFit,
  youngGenerationBytes,
} from '../../src/sizing/memory.ts'

const MIB = 1_048_576
const NODE_YOUNG_BYTES = youngGenerationBytes(null)

test('15 % of the memory is kept back, a quarter below 1 GiB', () => {
  assert.equal(plannableBytes(1_000 * MIB), 750 * MIB)
  assert.equal(plannableBytes(2_000 * MIB), 1_700 * MIB)
})

test('a worker is planned with room for garbage and for a full cache', () => {
  // 100 MiB, of which 35 are living objects, and 14 more to come: 49 living ones want a heap of 70.
  const planned = plannedWorkerBytes({ bytes: 100 * MIB, heapUsedBytes: 35 * MIB, cacheGrowthBytes: 14 * MIB })
  assert.equal(Math.round(planned / MIB), 135)
})

test('as many workers fit as there is memory beside the primary process', () => {
  // 0.85 × 2 000 = 1 700; less 50 for the primary; 1 650 / 200 = 8.25.
  assert.equal(workersThatFit(2_000 * MIB, 50 * MIB, 200 * MIB), 8)
  assert.equal(workersThatFit(100 * MIB, 50 * MIB, 200 * MIB), 0)
})

test('workers that fit never exceed the memory, and one more would', () => {
  const bytes = fc.integer({ min: MIB, max: 64 * 1_024 * MIB })
  fc.assert(
    fc.property(bytes, bytes, bytes, (limit, primary, worker) => {
      const workers = workersThatFit(limit, primary, worker)
      assert.ok(workers === 0 || primary + workers * worker <= plannableBytes(limit))
      assert.ok(primary + (workers + 1) * worker > plannableBytes(limit) * (1 - 1e-12))
    }),
  )
})

test('all heaps at their ceilings stay within memory', () => {
  const bytes = fc.integer({ min: MIB, max: 64 * 1_024 * MIB })
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 100 }), bytes, bytes, (limit, workers, primary, outside) => {
      const ceiling = oldSpaceBytes(limit, workers, primary, outside, NODE_YOUNG_BYTES)
      if (ceiling <= 0) return
      assert.ok(primary + workers * (ceiling + outside) <= plannableBytes(limit))
    }),
  )
})

test('a heap ceiling is never above that of V8 itself', () => {
  assert.equal(oldSpaceBytes(64 * 1_024 * MIB, 2, 50 * MIB, 50 * MIB, NODE_YOUNG_BYTES), 4_096 * MIB)
})

test('in 2 GiB two workers get heap ceilings of 578 MiB', () => {
  // (0.85 × 2 048 − 60) / 2 = 840.4; less 70 outside the heap and 192 for the young generation.
  assert.equal(Math.floor(oldSpaceBytes(2_048 * MIB, 2, 60 * MIB, 70 * MIB, NODE_YOUNG_BYTES) / MIB), 578)
})

test('a young generation is three semi-spaces, and without a flag those of Node 24', () => {
  // v8.getHeapStatistics().heap_size_limit − --max-old-space-size, Node 24.21 on a machine with 24 GiB.
  assert.deepEqual(
    [1, 4, 16, 32, null].map((semiSpaceMiB) => youngGenerationBytes(semiSpaceMiB) / MIB),
    [3, 12, 48, 96, 192],
  )
})

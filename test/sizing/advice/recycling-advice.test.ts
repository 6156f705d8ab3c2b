import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { Recommendation } from '../../../src/core/recommendation.ts'
import { adviseHeap } from '../../../src/sizing/advice/memory-advice.ts'
import { plannableBytes } from '../../../src/sizing/memory.ts'
import { adviseRecycling } from '../../../src/sizing/advice/recycling-advice.ts'
import type { MemoryFigures, SizingInput } from '../../../src/sizing/sizing-input.ts'
import { EXAMPLE, MIB } from '../sizing-input-example.ts'

const CURRENT = { MAX_REQUESTS: 0, WORKER_MAX_MEMORY: 0, '--max-semi-space-size': 16 } as const

/** At 500 requests/s to two workers. */
function advised(
  memory: Partial<MemoryFigures> = {},
  changes: Partial<SizingInput> = {},
): Partial<Record<'MAX_REQUESTS' | 'WORKER_MAX_MEMORY', Recommendation>> {
  assert.ok(EXAMPLE.memory !== null)
  const input: SizingInput = { ...EXAMPLE, memory: { ...EXAMPLE.memory, ...memory }, current: CURRENT, ...changes }
  const advice = adviseRecycling(input, null, adviseHeap(input, input.workers))
  return Object.fromEntries(advice.flatMap((each) => (each === null ? [] : [[each.setting, each]])))
}

test('a worker whose memory grows is replaced before it needs more than its share', () => {
  const growth = { mean: 4_096, low: 2_048, high: 8_192 }
  const { MAX_REQUESTS: advice } = advised({ growthBytesPerRequest: growth })
  // (0.85 × 2 048 − 60) / 2 less 100 + 30 / 0.7 − 30: 727.5 MiB of 4 KiB are 186 248 requests, and two digits are known.
  assert.equal(advice?.value, 180_000)
  assert.deepEqual(advice.interval, [93_000, 370_000])
  assert.equal(advice.binding, 'memory')
})

test('growth that may as well be none has no worker replaced, but one that starts too often', () => {
  const noise = { growthBytesPerRequest: { mean: 40, low: -20, high: 100 } }
  // 250/s for a minute, against the default of 10 000.
  const { MAX_REQUESTS: advice } = advised(noise)
  assert.deepEqual([advice?.value, advice?.binding, advice?.confidence], [15_000, 'cost of a start', 'medium'])
  assert.match(String(advice?.explanation), /every 40 s with 10000/)
  assert.equal(advised(noise, { current: { ...CURRENT, MAX_REQUESTS: 20_000 } }).MAX_REQUESTS, undefined)
})

test('a run too short to tell about growth lowers the confidence', () => {
  assert.equal(advised({ growthBytesPerRequest: null }).MAX_REQUESTS?.confidence, 'low')
})

test('a worker may take its heap, its young generation, what lies outside of them, and what it shares', () => {
  const { WORKER_MAX_MEMORY: advice } = advised()
  // 0.85 × 2 048 − 60, half of it, and the 20 MiB by which RSS is more than PSS; the heap is rounded to 1 MiB.
  assert.equal(Math.floor((advice?.value ?? 0) / MIB), Math.floor((0.85 * 2_048 - 60) / 2 + 20))
  assert.equal(advice?.basis, 'constraint')
})

test('a target without these settings gets no advice about them', () => {
  assert.deepEqual(advised({}, { current: {} }), {})
})

test('workers at the memory where they are replaced never take more than there is', () => {
  const figures = fc.record({
    limit: fc.integer({ min: 512, max: 65_536 }),
    worker: fc.integer({ min: 50, max: 500 }),
    workers: fc.integer({ min: 1, max: 64 }),
  })
  fc.assert(
    fc.property(figures, ({ limit, worker, workers }) => {
      const bytes = { workerBytes: worker * MIB, workerResidentBytes: worker * MIB, heapUsedBytes: 20 * MIB }
      const value = advised(bytes, { workers, memoryLimitBytes: limit * MIB }).WORKER_MAX_MEMORY?.value ?? 0
      assert.ok(value === 0 || 60 * MIB + workers * value <= plannableBytes(limit * MIB))
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { adviseHeap } from '../../../src/sizing/advice/memory-advice.ts'
import { adviseYoungGeneration } from '../../../src/sizing/advice/young-generation-advice.ts'
import { EXAMPLE, MIB } from '../sizing-input-example.ts'

test('with memory to spare a semi-space has the 16 MiB of the bundled workers, as a rule', () => {
  const advice = adviseYoungGeneration({ ...EXAMPLE, current: { '--max-semi-space-size': 16 } }, 2)
  assert.deepEqual(
    [advice?.value, advice?.current, advice?.basis, advice?.confidence, advice?.interval],
    [16, 16, 'rule', 'low', undefined],
  )
})

test('many workers in little memory get smaller young generations', () => {
  // (0.85 × 2 048 − 60) / 32 = 52.5 MiB each, a quarter of it is 13.1: three of 4 MiB.
  const advice = adviseYoungGeneration(EXAMPLE, 32)
  assert.deepEqual([advice?.value, advice?.basis, advice?.confidence], [4, 'constraint', 'medium'])
  assert.equal(adviseYoungGeneration({ ...EXAMPLE, memoryLimitBytes: 200 * MIB }, 100)?.value, 1)
})

test('a target whose heap was not seen, or whose workers are not known, gets no advice', () => {
  assert.equal(adviseYoungGeneration({ ...EXAMPLE, memory: null }, 2), null)
  assert.equal(adviseYoungGeneration(EXAMPLE, null), null)
})

test('a heap ceiling leaves room for the young generation that is in force', () => {
  // 192 MiB less without a flag, and 3 × 16 with that of the bundled workers.
  const [unset, small] = [EXAMPLE, { ...EXAMPLE, current: { '--max-semi-space-size': 16 } }]
  assert.equal((adviseHeap(small, 2)?.value ?? 0) - (adviseHeap(unset, 2)?.value ?? 0), 144)
})

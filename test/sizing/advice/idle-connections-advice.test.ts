import assert from 'node:assert/strict'
import { test } from 'node:test'

import { adviseIdleConnections } from '../../../src/sizing/advice/idle-connections-advice.ts'
import type { SizingInput } from '../../../src/sizing/sizing-input.ts'
import { adviseWorkers } from '../../../src/sizing/advice/worker-advice.ts'
import { EXAMPLE } from '../sizing-input-example.ts'

function advise(changes: Partial<SizingInput>): ReturnType<typeof adviseIdleConnections> {
  const input = { ...EXAMPLE, ...changes }
  return adviseIdleConnections(input, adviseWorkers(input))
}

test('connections that are busy on average stay open, and one standard deviation of them', () => {
  const advice = advise({})
  // 0.8 × 950 × 0.25 / 2 = 95 calls/s of 50 ms: 4.75 + √4.75 = 6.93.
  assert.deepEqual([advice?.value, advice?.current, advice?.evidence['busyConnections']], [7, 20, 4.75])
})

test('how many stay open is as uncertain as the cost of a request and the time of a call', () => {
  const spread = { halfWidthFraction: 0.2, over: 'boots', count: 3 } as const
  const spreads = { ...EXAMPLE.spreads, cpuPerRequest: spread, upstreamHold: spread }
  // √(0.2² + 0.2²) = 0.283: 3.41 + √3.41 = 5.25 and 6.09 + √6.09 = 8.56.
  assert.deepEqual(advise({ spreads })?.interval, [6, 9])
})

test('no more stay open than there may be', () => {
  const { steady } = EXAMPLE
  assert.ok(steady?.upstream != null)
  const seldom = { ...steady, upstream: { ...steady.upstream, callsPerRequest: 0.000_01 } }
  assert.equal(advise({ steady: seldom })?.value, 1)
})

test('without upstream calls, or a number of workers, there is no advice on connections', () => {
  assert.equal(advise({ steady: null }), null)
  assert.equal(advise({ saturated: null, workers: null }), null)
})

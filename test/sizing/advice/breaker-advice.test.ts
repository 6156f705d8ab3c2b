import assert from 'node:assert/strict'
import { test } from 'node:test'

import { binomialTail } from '../../../src/stats/binomial.ts'
import { adviseBreaker } from '../../../src/sizing/advice/breaker-advice.ts'
import type { CountedCalls, SizingInput } from '../../../src/sizing/sizing-input.ts'
import { adviseWorkers } from '../../../src/sizing/advice/worker-advice.ts'
import { EXAMPLE } from '../sizing-input-example.ts'

function advise(changes: Partial<SizingInput>): Readonly<Record<string, number>> {
  const input = { ...EXAMPLE, ...changes }
  return Object.fromEntries(
    adviseBreaker(input, adviseWorkers(input)).map(({ setting, value }) => [setting, value] as const),
  )
}

function steadyWith(
  changes: Partial<CountedCalls>,
  { ratePerS }: { readonly ratePerS: number } = { ratePerS: 500 },
): SizingInput['steady'] {
  const { steady } = EXAMPLE
  assert.ok(steady?.upstream?.counted != null)
  const counted = { ...steady.upstream.counted, ...changes }
  return { ...steady, ratePerS, upstream: { ...steady.upstream, counted } }
}

test('a circuit opens when half of enough calls have failed', () => {
  // 500/s × 0.25 / 2 workers = 62.5 calls/s; 5 % errors are borne: 15 calls (research/sizing.md 2.6). 1 % of the calls: 1.6 s.
  assert.deepEqual(advise({}), {
    CB_FAILURE_RATE: 50,
    CB_MIN_CALLS: 15,
    CB_WINDOW_TIME: 5,
    CB_RECOVERY_TIMEOUT: 2,
  })
})

test('the more calls fail in ordinary times, the more it takes to open the circuit', () => {
  // Of 6 000 calls 400 fail: at most 0.07220 do, scipy.stats.beta.ppf(0.95, 401, 5600) of scipy 1.17.1.
  const volume = advise({ steady: steadyWith({ failures: 400 }) })['CB_MIN_CALLS'] ?? 0
  assert.ok(binomialTail(volume, 0.0722, Math.ceil(volume / 2)) <= 1e-6)
  assert.ok(volume > 15)
})

test('a window lasts as long as it takes for twice the calls that it needs', () => {
  // 32/s × 0.25 / 2 workers = 4 calls/s: 30 in 7.5 s, and 1 % of them is one in 25 s.
  const slow = advise({ steady: steadyWith({}, { ratePerS: 32 }) })
  assert.deepEqual([slow['CB_WINDOW_TIME'], slow['CB_RECOVERY_TIMEOUT']], [8, 25])
})

test('with too few calls for a window of a minute the breaker is left as it is', () => {
  assert.deepEqual(advise({ steady: steadyWith({}, { ratePerS: 2 }) }), {})
})

test('an upstream that fails as often as it succeeds says nothing about ordinary times', () => {
  assert.deepEqual(advise({ steady: steadyWith({ failures: 3_000 }) }), {})
})

test('without a breaker, or calls that were counted, there is no advice on it', () => {
  assert.deepEqual(advise({ current: {} }), {})
  assert.deepEqual(advise({ steady: null }), {})
})

test('what simulators did is less certain', () => {
  const input = { ...EXAMPLE, steady: steadyWith({ isSimulated: true }) }
  const [first] = adviseBreaker(input, adviseWorkers(input))
  assert.deepEqual([first?.confidence, first?.evidence['doubts']], ['medium', 'the upstreams were simulated'])
})

test('what few calls did is less certain', () => {
  const input = { ...EXAMPLE, steady: steadyWith({ calls: 299, failures: 0 }) }
  const [first] = adviseBreaker(input, adviseWorkers(input))
  assert.deepEqual([first?.confidence, first?.evidence['doubts']], ['medium', 'few calls were counted'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { settingText } from '../../../src/core/recommended-setting.ts'
import { parseRate } from '../../../src/core/units.ts'
import { adviseLimiter } from '../../../src/sizing/advice/limiter-advice.ts'
import type { SizingInput } from '../../../src/sizing/sizing-input.ts'
import { adviseWorkers } from '../../../src/sizing/advice/worker-advice.ts'
import { EXAMPLE } from '../sizing-input-example.ts'

function advise(changes: Partial<SizingInput>): ReturnType<typeof adviseLimiter> {
  const input = { ...EXAMPLE, ...changes }
  return adviseLimiter(input, adviseWorkers(input))
}

test('active clients share 80 % of the capacity', () => {
  // 0.8 × 950 / 20.
  const limit = advise({})
  assert.deepEqual([limit?.value, limit?.unit], [38, 'requests/second per client'])
})

test('small shares are per minute, where a whole number is exact enough', () => {
  // 0.8 × 950 / 500 = 1.52/s; 60/minute are 1/s.
  const limit = advise({ activeClients: 500, current: { ...EXAMPLE.current, RATE_LIMIT_DEFAULT: 1 } })
  assert.deepEqual([limit?.value, limit?.current, limit?.unit], [91, 60, 'requests/minute per client'])
})

test('a limit is as uncertain as the CPU time of a request', () => {
  const cpuPerRequest = { halfWidthFraction: 0.05, over: 'boots', count: 3 } as const
  // 38 / 1.05 and 38 / 0.95.
  assert.deepEqual(advise({ spreads: { ...EXAMPLE.spreads, cpuPerRequest } })?.interval, [36, 40])
  assert.equal(advise({})?.interval, undefined)
})

test('a limit is not made up for clients or a capacity that nobody knows', () => {
  assert.equal(advise({ activeClients: null }), null)
  assert.equal(advise({ saturated: null }), null)
})

test('all clients at their limit never exceed the capacity, where each may send one a minute', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40_000 }), (activeClients) => {
      const limit = advise({ activeClients })
      assert.ok(limit !== null)
      assert.ok(activeClients * (parseRate(settingText(limit)) ?? Number.NaN) <= 950)
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { adviseRetries } from '../../../src/sizing/advice/retry-advice.ts'
import type { SizingInput } from '../../../src/sizing/sizing-input.ts'
import { adviseWorkers } from '../../../src/sizing/advice/worker-advice.ts'
import { EXAMPLE } from '../sizing-input-example.ts'

function advise(failures: number): ReturnType<typeof adviseRetries> {
  const { steady } = EXAMPLE
  assert.ok(steady?.upstream?.counted != null)
  const upstream = { ...steady.upstream, counted: { ...steady.upstream.counted, failures } }
  const input: SizingInput = { ...EXAMPLE, steady: { ...steady, upstream } }
  return adviseRetries(input, adviseWorkers(input))
}

test('a call is retried once, whatever was measured', () => {
  for (const failures of [0, 6, 600]) {
    const [attempts] = advise(failures)
    assert.deepEqual([attempts?.setting, attempts?.value, attempts?.basis], ['RETRY_MAX_ATTEMPTS', 2, 'rule'])
  }
})

test('retries are a tenth of the requests, more when more calls fail, never more than a fifth', () => {
  // scipy.stats.beta.ppf(0.95, k + 1, 6000 − k) of scipy 1.17.1: 0.0005, 0.0722 and 0.2695; twice that in percent.
  assert.deepEqual(
    [0, 400, 1_560].map((failures) => advise(failures)[1]?.value),
    [10, 15, 20],
  )
  assert.match(String(advise(1_560)[1]?.evidence['doubts']), /would be needed/)
})

test('the share of failures without any is that of the rule of three', () => {
  // 3 / 6 000.
  assert.equal(advise(0)[0]?.evidence['mostErrorsFraction'], 0.000_499)
})

test('a target that has no such settings, or calls nothing, gets no advice on retries', () => {
  assert.deepEqual(adviseRetries({ ...EXAMPLE, current: {} }, null), [])
  assert.deepEqual(adviseRetries({ ...EXAMPLE, steady: null }, null), [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { leastCalls } from '../../src/sizing/breaker-volume.ts'

test('the least number of calls of a window is that of research/sizing.md 2.6', () => {
  const golden = [
    [0.5, 0.01, 7],
    [0.25, 0.01, 17],
    [0.5, 0.05, 15],
    [0.25, 0.05, 49],
    [0.5, 0.1, 23],
    [0.25, 0.1, 121],
  ] as const
  for (const [share, errors, calls] of golden) assert.equal(leastCalls(share, errors), calls, `${share} of ${errors}`)
})

test('no number of calls tells a share from errors that are as frequent, or nearly so', () => {
  assert.equal(leastCalls(0.05, 0.05), null)
  assert.equal(leastCalls(0.05, 0.2), null)
  assert.equal(leastCalls(0.05, 0.0499), null)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { RetryBudget } from '../../src/resilience/retry-budget.ts'

function withdraw(budget: RetryBudget, times: number): number {
  let granted = 0
  for (let retry = 0; retry < times; retry++) if (budget.tryWithdraw()) granted++
  return granted
}

test('retries never exceed the fraction of the requests plus the minimum, in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500, size: 'max' }), fc.nat({ max: 5 }), (steps, minRetries) => {
      const budget = new RetryBudget({ retryFraction: 0.2, minRetries })
      let requests = 0
      let retries = 0
      for (const isRequest of steps) {
        if (isRequest) {
          requests++
          budget.recordRequest()
        } else if (budget.tryWithdraw()) retries++
        assert.ok(retries * 5 <= requests + minRetries * 5)
      }
    }),
  )
})

test('a thousand requests that all want four retries each get 200 and the minimum of 3', () => {
  const budget = new RetryBudget({ retryFraction: 0.2, minRetries: 3 })
  let retries = 0
  for (let request = 0; request < 1_000; request++) {
    budget.recordRequest()
    retries += withdraw(budget, 4)
  }
  assert.equal(retries, 203)
  assert.equal(budget.exhausted, 4_000 - 203)
})

test('a long good time saves up no more than a hundred retries beyond the minimum', () => {
  const budget = new RetryBudget({ retryFraction: 0.2, minRetries: 3 })
  for (let request = 0; request < 100_000; request++) budget.recordRequest()
  assert.equal(withdraw(budget, 1_000), 103)
})

test('a budget of nothing allows no retry', () => {
  const budget = new RetryBudget({ retryFraction: 0, minRetries: 0 })
  budget.recordRequest()
  assert.equal(budget.tryWithdraw(), false)
})

test('a budget names every option out of range', () => {
  assert.throws(() => new RetryBudget({ retryFraction: 1.1, minRetries: -1 }), {
    name: 'RangeError',
    message: /retryFraction.*minRetries/,
  })
})

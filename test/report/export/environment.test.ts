import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Recommendation } from '../../../src/core/recommendation.ts'
import { sortAdvice } from '../../../src/report/export/advised.ts'
import { environmentOf, type Variable } from '../../../src/report/export/environment.ts'
import { advice } from './export-fixture.ts'

function variables(...recommendations: readonly Recommendation[]): readonly Variable[] {
  return environmentOf(sortAdvice(recommendations).advised)
}

test('a limit of clients is written as the setting reads it', () => {
  const [limit] = variables(advice('RATE_LIMIT_DEFAULT', 38, { unit: 'requests/second per client' }))
  assert.deepEqual([limit?.name, limit?.value], ['RATE_LIMIT_DEFAULT', '38/second'])
})

test('a limit of clients without a unit of time is left out', () => {
  const { advised, refused } = sortAdvice([advice('RATE_LIMIT_DEFAULT', 38)])
  assert.deepEqual(advised, [])
  assert.match(String(refused[0]), /^Left out RATE_LIMIT_DEFAULT = 38: it must be a whole number/)
})

test('the switch that settings need stands above the first of them, once', () => {
  const found = variables(advice('KEEP_ALIVE', 75), advice('CB_MIN_CALLS', 15), advice('CB_FAILURE_RATE', 50))
  assert.deepEqual(
    found.map(({ name, value, isSure }) => [name, value, isSure]),
    [
      ['KEEP_ALIVE', '75', true],
      ['CB_MODE', 'window', true],
      ['CB_MIN_CALLS', '15', true],
      ['CB_FAILURE_RATE', '50', true],
    ],
  )
})

test('the switch is not set for settings that are not', () => {
  const [first, second] = variables(advice('CB_MIN_CALLS', 15, { confidence: 'low' }))
  assert.deepEqual([first?.name, first?.isSure, second?.isSure], ['CB_MODE', false, false])
})

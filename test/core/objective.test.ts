import assert from 'node:assert/strict'
import { test } from 'node:test'

import { UsageError } from '../../src/core/errors.ts'
import { DEFAULT_OBJECTIVES, parseObjective } from '../../src/core/objective.ts'

test('a quantile objective keeps its quantile as a fraction and its bound in ms', () => {
  assert.deepEqual(parseObjective('p95 < 200ms'), {
    text: 'p95 < 200ms',
    metric: { kind: 'responseTime', quantile: 0.95 },
    comparison: '<',
    bound: 200,
  })
  const fine = parseObjective('p99.9 <= 1s')
  assert.deepEqual([fine.metric, fine.bound, fine.comparison], [{ kind: 'responseTime', quantile: 0.999 }, 1_000, '<='])
})

test('an error rate objective keeps its bound as a fraction, written with or without a percent sign', () => {
  assert.deepEqual(
    ['error rate < 1%', 'error-rate < 0.01', 'errors<1%', 'error rate < 1 %'].map((text) => parseObjective(text).bound),
    [0.01, 0.01, 0.01, 0.01],
  )
})

test('a rate objective reads any unit of time', () => {
  const objective = parseObjective('goodput >= 6000/min')
  assert.deepEqual([objective.metric.kind, objective.bound], ['goodput', 100])
})

test('the default objectives are well formed', () => {
  assert.deepEqual(
    DEFAULT_OBJECTIVES.map((text) => parseObjective(text).metric.kind),
    ['responseTime', 'errorRate'],
  )
})

for (const text of [
  '',
  'p95',
  'p95 < fast',
  'p95 < 200',
  'p0 < 1s',
  'p100 < 1s',
  'latency < 1s',
  'error rate < 150%',
  'p95 > 200ms',
  'throughput < 5/s',
]) {
  test(`the objective "${text}" is refused with a hint`, () => {
    assert.throws(
      () => parseObjective(text),
      (error) => error instanceof UsageError && error.message.includes(text) && error.hint !== undefined,
    )
  })
}

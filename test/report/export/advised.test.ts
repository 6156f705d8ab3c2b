import assert from 'node:assert/strict'
import { test } from 'node:test'

import { sortAdvice } from '../../../src/report/export/advised.ts'
import { advice, ALL_KINDS_OF_ADVICE } from './export-fixture.ts'

test('advice is sorted like the settings table, Node flags last', () => {
  const { advised, refused } = sortAdvice(ALL_KINDS_OF_ADVICE)
  assert.deepEqual(
    advised.map(({ name }) => name),
    [
      'WEB_CONCURRENCY',
      'MAX_REQUESTS',
      'KEEP_ALIVE',
      'CACHE_MAX_BYTES',
      'QUEUE_SIZE',
      'DATABASE_POOL_SIZE',
      '--max-old-space-size',
      '--max-semi-space-size',
    ],
  )
  assert.deepEqual(refused, [])
})

test('only advice of low confidence is not sure', () => {
  const { advised } = sortAdvice([
    advice('WEB_CONCURRENCY', 1, { confidence: 'high' }),
    advice('MAX_REQUESTS', 1, { confidence: 'medium' }),
    advice('KEEP_ALIVE', 1, { confidence: 'low' }),
  ])
  assert.deepEqual(
    advised.map(({ isSure }) => isSure),
    [true, true, false],
  )
})

test('evidence says value, basis, confidence, what binds, formula, figures and why', () => {
  const [first] = sortAdvice([
    advice('WEB_CONCURRENCY', 2, {
      unit: 'workers',
      current: 1,
      basis: 'measured',
      confidence: 'medium',
      binding: 'memory',
      formula: 'the formula',
      evidence: { cpuMsPerRequest: 0.5 },
      explanation: 'This is why.',
    }),
  ]).advised
  assert.deepEqual(first?.evidence, [
    'WEB_CONCURRENCY: 2 workers, now 1; measured, medium confidence, bound by memory.',
    'the formula: cpu per request 0.50 ms.',
    'This is why.',
  ])
})

for (const [setting, value, why] of [
  ['PATH', 1, 'tune knows no such setting'],
  ['--inspect', 1, 'tune knows no such setting'],
  ['WEB_CONCURRENCY', 101, 'it must be a whole number from 0 to 100, or auto'],
  ['WEB_CONCURRENCY', 1.5, 'it must be a whole number from 0 to 100, or auto'],
  ['QUEUE_SIZE', -1, 'it must be a whole number from 0 to 1000000'],
  ['CACHE_MAX_BYTES', 1e300, 'it must be a whole number from '],
  ['UV_THREADPOOL_SIZE', 0, 'it must be a whole number above 0'],
  ['--max-old-space-size', 0, 'it must be a whole number of MiB above 0'],
  ['--max-old-space-size', 0.5, 'it must be a whole number of MiB above 0'],
  ['--max-old-space-size', 1e300, 'it must be a whole number of MiB above 0'],
] as const) {
  test(`${setting} = ${value} is left out, because the settings table does not allow it`, () => {
    const { advised, refused } = sortAdvice([advice(setting, value)])
    assert.deepEqual(advised, [])
    assert.equal(refused.length, 1)
    assert.ok(refused[0]?.startsWith(`Left out ${setting} = ${value}: ${why}`), refused[0])
  })
}

test('of two values for one setting the first is taken', () => {
  const { advised, refused } = sortAdvice([advice('MAX_REQUESTS', 5), advice('MAX_REQUESTS', 6)])
  assert.deepEqual(
    advised.map(({ value }) => value),
    [5],
  )
  assert.deepEqual(refused, ['Left out MAX_REQUESTS = 6: it is there twice.'])
})

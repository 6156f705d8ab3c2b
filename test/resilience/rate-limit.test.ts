import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRateLimit } from '../../src/resilience/rate-limit.ts'

const READ = [
  ['100/second', { count: 100, periodMs: 1_000 }],
  ['60/minute', { count: 60, periodMs: 60_000 }],
  ['1000/hour', { count: 1_000, periodMs: 3_600_000 }],
  ['10/day', { count: 10, periodMs: 86_400_000 }],
  ['1000000/second', { count: 1_000_000, periodMs: 1_000 }],
] as const

for (const [text, limit] of READ) {
  test(`RL03 ${text} is read`, () => assert.deepEqual(parseRateLimit(text), limit))
}

const REFUSED = [
  '',
  '60',
  '0/minute',
  '-5/minute',
  '1.5/second',
  '1e9/second',
  '1000001/second',
  '60/m',
  '60/fortnight',
]
for (const text of [
  ...REFUSED,
  '60/minute;DROP',
  '60/minute\n',
  ' 60/minute',
  '60 / minute',
  '060/minute',
  '60/MINUTE',
]) {
  test(`RL03 ${JSON.stringify(text)} is refused`, () => assert.equal(parseRateLimit(text), undefined))
}

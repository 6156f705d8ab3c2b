import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { Recommendation } from '../../../src/core/recommendation.ts'
import { recommend } from '../../../src/sizing/recommend.ts'
import type { DatabaseUse, SizingInput } from '../../../src/sizing/sizing-input.ts'
import { EXAMPLE } from '../sizing-input-example.ts'

/** Every other request asks the database and holds its connection for 8 ms; nobody had to wait. */
const USE: DatabaseUse = {
  usesPerRequest: 0.5,
  meanHoldMs: 8,
  uses: 10_000,
  waitCounts: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  exhausted: 0,
  isSqlite: false,
}
const CURRENT = { DATABASE_POOL_SIZE: 5, DATABASE_MAX_OVERFLOW: 10 }

function inputWith(use: Partial<DatabaseUse> | null, more: Partial<SizingInput> = {}): SizingInput {
  assert.ok(EXAMPLE.steady !== null)
  const steady = { ...EXAMPLE.steady, database: use === null ? null : { ...USE, ...use } }
  return { ...EXAMPLE, steady, current: CURRENT, ...more }
}

function find(setting: string, input: SizingInput): Recommendation | undefined {
  return recommend(input).recommendations.find((recommendation) => recommendation.setting === setting)
}

function size(input: SizingInput): Recommendation {
  return find('DATABASE_POOL_SIZE', input) ?? assert.fail('no advice on the pool')
}

function overflow(input: SizingInput): Recommendation {
  return find('DATABASE_MAX_OVERFLOW', input) ?? assert.fail('no advice on the overflow')
}

function both(input: SizingInput): readonly [number, number] {
  return [size(input).value, overflow(input).value]
}

test('DB05 a pool keeps as many connections as are busy and their spread, and overflows to what keeps waits short', () => {
  // 0.8 × 950 × 0.5 / 2 = 190 uses/s of 8 ms: 1.52 erlangs, and their square root more. Erlang's sum, evaluated directly: the
  // p99 of the wait is 17.3 ms with 3 connections and 6.6 ms with 4; 5 % of 200 ms are wanted.
  assert.deepEqual(both(inputWith({})), [3, 1])
  const { current, basis, evidence, confidence } = size(inputWith({}))
  assert.deepEqual([current, basis, confidence], [5, 'modelled', 'high'])
  assert.deepEqual([evidence['usesPerSPerWorker'], evidence['busyConnections']], [190, 1.52])
  // 7.6 erlangs: 12.5 ms with 13 and 6.2 ms with 14.
  assert.deepEqual(both(inputWith({ meanHoldMs: 40 })), [11, 3])
})

test('DB05 without a look at the capacity a pool is sized for the rate that was measured', () => {
  const { value, basis, evidence } = size(inputWith({}, { saturated: null }))
  // 500 × 0.5 / 2 = 125 uses/s of 8 ms: one busy, and one more.
  assert.deepEqual([value, basis, evidence['usesPerSPerWorker']], [2, 'measured', 125])
})

test('DB05 waits that were measured overrule the model: the pool becomes larger than it was', () => {
  // Of 10 000, 150 waited up to 50 ms: the p99 lies there.
  const waited = inputWith({ waitCounts: [800, 0, 0, 150, 0, 0, 0, 0, 0, 0] })
  const { value, basis, evidence, explanation } = size(waited)
  assert.deepEqual([value + overflow(waited).value, basis, evidence['measuredWaitP99Ms']], [16, 'measured', '≤ 50'])
  assert.match(explanation, /too small/)
  // 80 of 10 000 are fewer than one in a hundred.
  const rarely = inputWith({ waitCounts: [0, 0, 0, 80, 0, 0, 0, 0, 0, 0] })
  assert.deepEqual([both(rarely), size(rarely).evidence['measuredWaitP99Ms']], [[3, 1], 0])
})

test('DB05 callers that were turned away make the pool larger, however few they were', () => {
  const turnedAway = inputWith({ exhausted: 1 })
  assert.equal(size(turnedAway).value + overflow(turnedAway).value, 16)
  assert.equal(size(turnedAway).evidence['exhausted'], 1)
})

test('DB04 workers × (size + overflow) never exceed what the server grants, and the advice says so', () => {
  // 2 × 14 > 10, so 5 for each.
  const cramped = inputWith({ meanHoldMs: 40 }, { databaseConnectionLimit: 10 })
  assert.deepEqual(both(cramped), [5, 0])
  const { basis, binding, evidence, explanation } = size(cramped)
  assert.deepEqual([basis, binding, evidence['connectionLimit']], ['constraint', 'max_connections', 10])
  assert.match(explanation, /2 workers × \(5 \+ 10\) = 30 connections.*grants 10/)
})

test('DB04 settings that exceed the server are said also when nothing used the database', () => {
  const workers = 8
  const saturated = null
  // PostgreSQL's own defaults: 100 connections, 3 of them reserved.
  const exceeding = inputWith(null, { workers, saturated, databaseConnectionLimit: 97 })
  assert.deepEqual(both(exceeding), [5, 7])
  assert.match(size(exceeding).explanation, /8 workers × \(5 \+ 10\) = 120 connections/)
  assert.equal(
    find('DATABASE_POOL_SIZE', inputWith(null, { workers, saturated, databaseConnectionLimit: 120 })),
    undefined,
  )
})

test('DB04 a limit that is not known, and a database that is not used, give no advice', () => {
  assert.equal(find('DATABASE_POOL_SIZE', inputWith(null)), undefined)
  assert.equal(find('DATABASE_MAX_OVERFLOW', inputWith(null)), undefined)
  // Whoever looks for jobs once a second is no reason for a pool.
  assert.equal(find('DATABASE_POOL_SIZE', inputWith({ usesPerRequest: 0.004 })), undefined)
})

test('DB04 a server that grants less than one connection to each worker is said to be too small', () => {
  const { value, confidence, evidence } = size(inputWith({}, { databaseConnectionLimit: 1 }))
  assert.equal(value, 1)
  assert.match(String(evidence['doubts']), /not one connection for each worker/)
  assert.notEqual(confidence, 'high')
})

test('DB05 more connections to a SQLite file are advised with a doubt', () => {
  assert.match(String(size(inputWith({ isSqlite: true })).evidence['doubts']), /one writes at a time/)
})

test('DB04 whatever was measured, the advice is within the range of the settings and the limit of the server', () => {
  const figures = fc.record({
    usesPerRequest: fc.double({ min: 0.01, max: 5, noNaN: true }),
    meanHoldMs: fc.double({ min: 0.01, max: 2_000, noNaN: true }),
    exhausted: fc.nat(3),
    limit: fc.integer({ min: 2, max: 500 }),
  })
  fc.assert(
    fc.property(figures, ({ limit, ...use }) => {
      const [kept, beyond] = both(inputWith(use, { databaseConnectionLimit: limit }))
      assert.ok(kept >= 1 && kept <= 20 && beyond >= 0 && beyond <= 20)
      assert.ok(2 * (kept + beyond) <= limit)
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/core/random.ts'
import type { Standing } from '../../src/resilience/upstream-health.ts'
import { UpstreamPicker } from '../../src/resilience/upstream-picker.ts'

const HEALTHY: Standing = { kind: 'healthy', trust: 1 }

function setUp(names = ['a', 'b', 'c']) {
  const unavailableS = new Map<string, number>()
  const standings = new Map<string, Standing>()
  const upstreams = names.map((name) => ({
    name,
    retryAfterS: () => unavailableS.get(name) ?? 0,
    standing: () => standings.get(name) ?? HEALTHY,
  }))
  const picker = new UpstreamPicker(upstreams, seededRandom(1))
  const pickAny = (...failed: string[]) =>
    picker.pick(failed.flatMap((name) => upstreams.filter((upstream) => upstream.name === name)))
  const pick = (...failed: string[]): string | undefined => pickAny(...failed).upstream?.name
  return { picker, pick, pickAny, unavailableS, standings }
}

test('UP13 the most preferred available upstream is picked, and again once it is back', () => {
  const { pick, unavailableS } = setUp()
  assert.equal(pick(), 'a')
  unavailableS.set('a', 30)
  assert.equal(pick(), 'b')
  unavailableS.delete('a')
  assert.equal(pick(), 'a')
})

test('UP13 a request goes on in order of preference, past those that failed it', () => {
  const { pick, unavailableS } = setUp()
  assert.equal(pick('a'), 'b')
  assert.equal(pick('a', 'b'), 'c')
  assert.equal(pick('b'), 'a')
  unavailableS.set('b', 5)
  assert.equal(pick('a'), 'c')
})

test('UP13 when all available ones have failed, the one whose last failure is the longest ago is picked', () => {
  const { pick, unavailableS } = setUp()
  assert.equal(pick('a', 'b', 'c'), 'a')
  assert.equal(pick('a', 'b', 'c', 'a'), 'b')
  unavailableS.set('b', 5)
  unavailableS.set('c', 5)
  assert.equal(pick('a'), 'a')
})

test('UP13 when none is available there is no upstream, but the soonest time to come back', () => {
  const { picker, unavailableS } = setUp()
  for (const [name, seconds] of [
    ['a', 30],
    ['b', 7],
    ['c', 12],
  ] as const)
    unavailableS.set(name, seconds)
  assert.deepEqual(picker.pick(), { retryAfterS: 7 })
})

test('UP13 an upstream that is ejected or down is left out, also when all the others have failed the request', () => {
  const { pick, standings } = setUp()
  standings.set('a', { kind: 'ejected', backInMs: 1_000 })
  standings.set('b', { kind: 'down', backInMs: 1_000 })
  assert.equal(pick(), 'c')
  assert.equal(pick('c'), 'c')
})

test('UP14 without a healthy upstream the least bad one is a last resort: ejected before down, and the soonest back', () => {
  const { pickAny, pick, standings, unavailableS } = setUp()
  standings.set('a', { kind: 'down', backInMs: 1_000 })
  standings.set('b', { kind: 'ejected', backInMs: 200_000 })
  standings.set('c', { kind: 'ejected', backInMs: 5_000 })
  const { upstream, isLastResort } = pickAny()
  assert.deepEqual([upstream?.name, isLastResort], ['c', true])
  assert.equal(pick('c'), 'b')
  unavailableS.set('b', 1)
  unavailableS.set('c', 1)
  assert.equal(pick(), 'a')
})

test('UP13 an upstream that has just come back gets the share of calls that it is trusted with, and the next the others', () => {
  const { pick, standings } = setUp()
  standings.set('a', { kind: 'healthy', trust: 0.25 })
  const picked = Array.from({ length: 4_000 }, () => pick())
  const share = picked.filter((name) => name === 'a').length / picked.length
  // Four standard deviations of a binomial of 4,000 with 0.25.
  assert.ok(Math.abs(share - 0.25) < 4 * Math.sqrt((0.25 * 0.75) / 4_000), `${share}`)
  assert.ok(picked.every((name) => name === 'a' || name === 'b'))
})

test('UP13 an upstream that has just come back takes every call that no other can take', () => {
  const { pick, standings, unavailableS } = setUp(['a', 'b'])
  standings.set('a', { kind: 'healthy', trust: 0.1 })
  for (let call = 0; call < 50; call++) assert.equal(pick('b'), 'a')
  unavailableS.set('b', 5)
  for (let call = 0; call < 50; call++) assert.equal(pick(), 'a')
})

test('an upstream that a request must not be sent to again is not picked for it', () => {
  const { picker } = setUp(['a', 'b'])
  assert.equal(picker.pick([], ({ name }) => name === 'a').upstream?.name, 'b')
  assert.equal(picker.pick([], () => true).upstream, undefined)
})

test('a picker without upstreams, or with a name twice, is refused', () => {
  assert.throws(() => setUp([]), { name: 'RangeError', message: /upstreams/ })
  assert.throws(() => setUp(['a', 'b', 'a']), { name: 'RangeError', message: /"a" twice/ })
})

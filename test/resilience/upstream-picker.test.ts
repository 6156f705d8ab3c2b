import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UpstreamPicker } from '../../src/resilience/upstream-picker.ts'

function setUp(names = ['a', 'b', 'c']) {
  const unavailableS = new Map<string, number>()
  const upstreams = names.map((name) => ({ name, retryAfterS: () => unavailableS.get(name) ?? 0 }))
  const picker = new UpstreamPicker(upstreams)
  const pick = (...failed: string[]): string | undefined =>
    picker.pick(failed.flatMap((name) => upstreams.filter((upstream) => upstream.name === name))).upstream?.name
  return { picker, pick, unavailableS }
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

test('a picker without upstreams, or with a name twice, is refused', () => {
  assert.throws(() => setUp([]), { name: 'RangeError', message: /upstreams/ })
  assert.throws(() => setUp(['a', 'b', 'a']), { name: 'RangeError', message: /"a" twice/ })
})

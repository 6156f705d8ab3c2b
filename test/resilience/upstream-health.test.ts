import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  MAX_EJECTION_MS,
  mayEjectOneMore,
  SLOW_START_MS,
  UpstreamHealth,
} from '../../src/resilience/upstream-health.ts'
import { FakeClock } from '../support/fake-clock.ts'

const OPTIONS = { checkThreshold: 2, downRetryMs: 30_000, ejectAfter: 5, ejectMs: 30_000 }

function setUp(mayEject: () => boolean = () => true) {
  const clock = new FakeClock()
  const health = new UpstreamHealth(OPTIONS, mayEject, clock)
  const fail = (times: number): void => {
    for (let call = 0; call < times; call++) health.recordCall('failure')
  }
  const check = (...results: readonly boolean[]): string => {
    for (const isAnswered of results) health.recordCheck(isAnswered)
    return health.standing().kind
  }
  return { clock, health, fail, check }
}

test('UP14 two failed checks in a row make an upstream down, and two good ones up again', () => {
  const { check } = setUp()
  assert.equal(check(false), 'healthy')
  assert.equal(check(true, false), 'healthy')
  assert.equal(check(false), 'down')
  assert.equal(check(true), 'down')
  assert.equal(check(false, true), 'down')
  assert.equal(check(true), 'healthy')
})

test('UP14 five failed calls in a row eject an upstream for 30 s, and a success between them starts the count again', () => {
  const { clock, health, fail } = setUp()
  fail(4)
  health.recordCall('success')
  fail(4)
  assert.equal(health.standing().kind, 'healthy')
  fail(1)
  assert.deepEqual(health.standing(), { kind: 'ejected', backInMs: 30_000 })
  clock.advance(29_999)
  assert.equal(health.standing().kind, 'ejected')
  clock.advance(1)
  assert.equal(health.standing().kind, 'healthy')
  assert.equal(health.ejections, 1)
})

test('UP14 each ejection soon after another is 30 s longer, up to 300 s, and after a good time the first is 30 s again', () => {
  const { clock, health, fail } = setUp()
  const lastedS: number[] = []
  const eject = (): void => {
    fail(5)
    const standing = health.standing()
    const backInMs = standing.kind === 'ejected' ? standing.backInMs : assert.fail('not ejected')
    lastedS.push(backInMs / 1_000)
    clock.advance(backInMs)
  }
  for (let ejection = 0; ejection < 12; ejection++) eject()
  assert.deepEqual(lastedS, [30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300])
  clock.advance(MAX_EJECTION_MS)
  eject()
  assert.equal(lastedS.at(-1), 30)
})

test('UP14 failures of calls that were under way do not lengthen an ejection', () => {
  const { clock, health, fail } = setUp()
  fail(5)
  clock.advance(10_000)
  fail(20)
  assert.deepEqual(health.standing(), { kind: 'ejected', backInMs: 20_000 })
})

test('UP14 two good checks end an ejection early', () => {
  const { fail, check } = setUp()
  fail(5)
  assert.equal(check(true), 'ejected')
  assert.equal(check(true), 'healthy')
})

test('UP14 at most half of a group is ejected, and never all of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), (size) => {
      const group = Array.from({ length: size }, () => ({ isEjected: false, isDown: false }))
      for (const one of group) if (mayEjectOneMore(group)) one.isEjected = true
      const ejected = group.filter(({ isEjected }) => isEjected).length
      assert.ok(ejected <= size / 2 && ejected < size)
      assert.ok(size === 1 || ejected > 0)
    }),
  )
})

test('UP14 the last of a group that is not down is not ejected', () => {
  const [down, well] = [
    { isEjected: false, isDown: true },
    { isEjected: false, isDown: false },
  ]
  assert.deepEqual([mayEjectOneMore([down, well]), mayEjectOneMore([down, well, well])], [false, true])
})

test('UP14 an upstream that the others need is not ejected, however often it fails', () => {
  const { health, fail } = setUp(() => false)
  fail(100)
  assert.deepEqual([health.standing().kind, health.ejections], ['healthy', 0])
})

test('UP13 an upstream that is back is trusted with a tenth of its calls, and evenly more until it has all', () => {
  const { clock, health, check } = setUp()
  const trust = (): number => {
    const standing = health.standing()
    return standing.kind === 'healthy' ? standing.trust : 0
  }
  assert.equal(trust(), 1)
  check(false, false, true, true)
  assert.equal(trust(), 0.1)
  clock.advance(SLOW_START_MS / 2)
  assert.equal(trust(), 0.55)
  clock.advance(SLOW_START_MS / 2)
  assert.equal(trust(), 1)
})

test('health options name every value out of range', () => {
  const bad = { checkThreshold: 0, downRetryMs: -1, ejectAfter: 0.5, ejectMs: 0 }
  assert.throws(() => new UpstreamHealth(bad, () => true, new FakeClock()), {
    name: 'RangeError',
    message: /checkThreshold.*downRetryMs.*ejectAfter.*ejectMs/,
  })
})

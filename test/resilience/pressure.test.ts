import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Pressure } from '../../src/resilience/pressure.ts'

/** What is said after each look at the event loop. */
function reasonsAfter(loops: readonly number[], limits = { loopFraction: 0.9, memoryFraction: 0 }): readonly unknown[] {
  const pressure = new Pressure(limits)
  return loops.map((loopFraction) => {
    pressure.look({ loopFraction, memoryFraction: 1 })
    return pressure.reason
  })
}

test('QU15 pressure begins with the first look at the limit', () => {
  assert.deepEqual(reasonsAfter([0.89, 0.9]), [undefined, 'event_loop'])
})

test('QU15 pressure ends only after two looks in a row that are clearly below the limit, so that it does not flap', () => {
  assert.deepEqual(reasonsAfter([0.95, 0.88, 0.88, 0.5, 0.85, 0.5, 0.5]), [
    ...Array.from({ length: 6 }, () => 'event_loop'),
    undefined,
  ])
})

test('QU15 a loop that could not be measured counts as overloaded', () => {
  assert.deepEqual(reasonsAfter([Number.NaN]), ['event_loop'])
})

test('QU15 a limit of 0 is none, whatever was measured', () => {
  assert.deepEqual(reasonsAfter([1, Number.NaN], { loopFraction: 0, memoryFraction: 0 }), [undefined, undefined])
})

test('QU15 memory has a limit and a reason of its own', () => {
  const pressure = new Pressure({ loopFraction: 0, memoryFraction: 0.8 })
  pressure.look({ loopFraction: 1, memoryFraction: 0.79 })
  assert.equal(pressure.reason, undefined)
  pressure.look({ loopFraction: 0, memoryFraction: 0.8 })
  assert.equal(pressure.reason, 'memory')
})

test('QU15 while memory is short one request passes after each look but the first, so that it can be found out when it is over', () => {
  const pressure = new Pressure({ loopFraction: 0.9, memoryFraction: 0.8 })
  const passes = (loopFraction: number, memoryFraction: number): readonly boolean[] => {
    pressure.look({ loopFraction, memoryFraction })
    return [pressure.takePass(), pressure.takePass()]
  }
  assert.deepEqual(passes(0, 0.9), [false, false])
  assert.deepEqual(passes(0, 0.9), [true, false])
  assert.deepEqual(passes(0, 0.75), [true, false])
  assert.deepEqual(passes(1, 0.9), [false, false])
})

test('limits that are no shares are named', () => {
  assert.throws(() => new Pressure({ loopFraction: 90, memoryFraction: -1 }), {
    name: 'RangeError',
    message: /loopFraction.*memoryFraction/,
  })
})

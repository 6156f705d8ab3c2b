import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseByteSize, parseDuration, parseRate } from '../../src/core/units.ts'

const DURATIONS_MS: readonly (readonly [string, number | undefined])[] = [
  ['250ms', 250],
  ['10s', 10_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['10', 10_000],
  [' 3 s ', 3_000],
  ['0', 0],
  ['-1s', undefined],
  ['1d', undefined],
  ['', undefined],
  ['s', undefined],
  ['1e3', undefined],
]

for (const [text, ms] of DURATIONS_MS) {
  test(`the duration "${text}" reads as ${ms} ms`, () => {
    assert.equal(parseDuration(text), ms)
  })
}

test('a bare duration is taken in the unit that the caller names', () => {
  assert.equal(parseDuration('100', 1), 100)
})

test('byte sizes are powers of 1024 whatever their spelling', () => {
  assert.deepEqual(
    ['10mb', '10 MiB', '1g', '64k', '1024', '1.5KiB'].map(parseByteSize),
    [10_485_760, 10_485_760, 1_073_741_824, 65_536, 1_024, 1_536],
  )
  assert.deepEqual(['', '-1', '5tb', 'ten'].map(parseByteSize), [undefined, undefined, undefined, undefined])
})

test('rates are told per second whatever their unit', () => {
  assert.deepEqual(
    ['250', '250/s', '60/minute', '6000/min', '3600/hour', '86400/day'].map(parseRate),
    [250, 250, 1, 100, 1, 1],
  )
  assert.deepEqual(['abc', '5/fortnight', '-5', '60/minute;DROP'].map(parseRate), [
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

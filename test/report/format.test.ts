import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import {
  formatBytes,
  formatCount,
  formatEdge,
  formatFraction,
  formatMs,
  formatNumber,
  formatQuantile,
  formatQuantity,
  formatRate,
  formatSpan,
} from '../../src/report/format.ts'

test('times have at most 3 significant digits and change to seconds at 1000 ms', () => {
  const shown = [0, 0.000_4, 0.042, 0.42, 4.2, 12.34, 432.1, 999.6, 1_204, 61_000].map(formatMs)
  assert.deepEqual(shown, [
    '0 ms',
    '0 ms',
    '0.042 ms',
    '0.42 ms',
    '4.20 ms',
    '12.3 ms',
    '432 ms',
    '1.00 s',
    '1.20 s',
    '61.0 s',
  ])
})

test('bounds of ranges carry no zeros that say nothing', () => {
  assert.deepEqual([0.5, 1, 1.5, 20, 2_000].map(formatEdge), ['0.5 ms', '1 ms', '1.5 ms', '20 ms', '2 s'])
})

test('spans are written in the units that people say', () => {
  assert.deepEqual([500, 10_000, 60_000, 125_000, 5_400_000].map(formatSpan), [
    '0.5 s',
    '10 s',
    '1 min',
    '2 min 5 s',
    '1 h 30 min',
  ])
})

test('rates have separators above 1000 and decimals below 100', () => {
  assert.deepEqual([0, 0.5, 12.34, 99.96, 1_234.4].map(formatRate), ['0/s', '0.5/s', '12.3/s', '100/s', '1,234/s'])
})

test('bytes are counted in powers of 1024', () => {
  assert.deepEqual([0, 512, 1_023, 1_024, 1_536, 67_108_864, 8_321_499_136].map(formatBytes), [
    '0 B',
    '512 B',
    '1023 B',
    '1 KiB',
    '1.5 KiB',
    '64 MiB',
    '7.8 GiB',
  ])
})

test('a share is 0% or 100% only when it is exactly that', () => {
  assert.deepEqual([0, 0.000_12, 0.004_52, 0.452, 0.995, 0.999_97, 1].map(formatFraction), [
    '0%',
    '0.012%',
    '0.45%',
    '45.2%',
    '99.5%',
    '99.99%',
    '100%',
  ])
})

test('no share strictly between is shown as nothing or as all', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }), (fraction) => {
      assert.doesNotMatch(formatFraction(fraction), /^(?:0|100)%$/)
    }),
  )
})

test('a figure that is missing is a dash, never a zero', () => {
  assert.deepEqual(
    [formatMs(null), formatRate(null), formatBytes(null), formatFraction(null), formatCount(null)],
    ['–', '–', '–', '–', '–'],
  )
})

test('counts, other numbers, quantiles and quantities read as people write them', () => {
  assert.deepEqual(
    [formatCount(1_234_567), formatNumber(0.123_4), formatNumber(18), formatNumber(4_420.6)],
    ['1,234,567', '0.123', '18', '4,421'],
  )
  assert.deepEqual([formatQuantile(0.5), formatQuantile(0.999)], ['p50', 'p99.9'])
  assert.deepEqual([formatQuantity(1, 'worker'), formatQuantity(2, 'worker')], ['1 worker', '2 workers'])
})

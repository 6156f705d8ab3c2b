import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'

import * as fc from 'fast-check'
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js'

import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'

const HOUR_US = 3_600_000_000

const latencies = fc.array(fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: HOUR_US })), {
  maxLength: 200,
})

function histogramOf(values: Iterable<number>): LatencyHistogram {
  const histogram = new LatencyHistogram()
  for (const us of values) histogram.record(us)
  return histogram
}

test('a quantile is the nearest rank of the samples, within 0.1 %', () => {
  fc.assert(
    fc.property(latencies, fc.double({ min: 0.001, max: 1, noNaN: true }), (values, quantile) => {
      if (values.length === 0) return
      const sorted = values.toSorted((left, right) => left - right)
      const expectedMs = (sorted[Math.ceil(quantile * values.length) - 1] ?? Number.NaN) / 1_000
      const actualMs = histogramOf(values).quantileMs(quantile) ?? Number.NaN
      assert.ok(actualMs >= expectedMs && actualMs <= expectedMs * 1.001, `${actualMs} for ${expectedMs}`)
    }),
  )
})

test('a rank that is a whole number is not rounded up by floating point', () => {
  // 0.07 × 100 = 7.000000000000001
  assert.equal(histogramOf(Array.from({ length: 100 }, (_, index) => index + 1)).quantileMs(0.07), 0.007)
})

test('quantiles never fall as the fraction grows, and the largest is the maximum', () => {
  fc.assert(
    fc.property(latencies, (values) => {
      if (values.length === 0) return
      const histogram = histogramOf(values)
      const quantiles = [0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1].map((quantile) => histogram.quantileMs(quantile) ?? 0)
      assert.deepEqual(
        quantiles,
        quantiles.toSorted((left, right) => left - right),
      )
      assert.equal(quantiles.at(-1), histogram.maxMs)
    }),
  )
})

test('adding two histograms equals recording all samples in one', () => {
  fc.assert(
    fc.property(latencies, latencies, (left, right) => {
      const merged = histogramOf(left)
      merged.add(histogramOf(right))
      assert.deepEqual(merged.summary(), histogramOf([...left, ...right]).summary())
    }),
  )
})

test('a histogram survives its binary and its text encoding unchanged', () => {
  fc.assert(
    fc.property(latencies, (values) => {
      const histogram = histogramOf(values)
      assert.deepEqual(LatencyHistogram.decode(histogram.encode()).summary(), histogram.summary())
      assert.deepEqual(LatencyHistogram.fromBase64(histogram.summary().histogram).summary(), histogram.summary())
    }),
  )
})

// Written by HdrHistogram_c for its standard test data, 10 000 × 1 000 and 1 × 100 000 000 (range 1 to 3.6e9, 3 digits);
// quoted in test_hdrhistogram.py of HdrHistogram_py.
const WRITTEN_BY_C = 'HISTFAAAACl4nJNpmSzMwMBgyAABzFCaEURcm7yEwf4DROA8/4I5jNM7mJgAlWkH9g=='

test('a histogram that the C implementation wrote is read', () => {
  const histogram = LatencyHistogram.fromBase64(WRITTEN_BY_C)
  assert.equal(histogram.count, 10_001)
  assert.equal(histogram.quantileMs(0.5), 1)
  assert.equal(histogram.quantileMs(0.9999), 1)
  assert.ok(Math.abs((histogram.maxMs ?? 0) / 100_000 - 1) < 0.001)
  // (10 000 × 1 ms + 100 000 ms) / 10 001
  assert.ok(Math.abs((histogram.meanMs ?? 0) / 10.998_9 - 1) < 0.001)
})

test('a histogram of another range and precision is read, unless it holds values above 1 h', () => {
  const foreign = build({ lowestDiscernibleValue: 1, highestTrackableValue: 1e12, numberOfSignificantValueDigits: 2 })
  foreign.recordValueWithCount(5_000, 3)
  const histogram = LatencyHistogram.fromBase64(encodeIntoCompressedBase64(foreign))
  assert.equal(histogram.count, 3)
  assert.ok(Math.abs((histogram.maxMs ?? 0) / 5 - 1) < 0.01)
  foreign.recordValue(1e11)
  assert.throws(() => LatencyHistogram.fromBase64(encodeIntoCompressedBase64(foreign)), RangeError)
})

test('the encoding is byte for byte what the C implementation writes', () => {
  const expected = inflateSync(Buffer.from(WRITTEN_BY_C, 'base64').subarray(8))
  // That version of the C implementation counted the 40 bytes of the header into the length of the payload.
  expected.writeInt32BE(expected.readInt32BE(4) - 40, 4)
  const samples = Array.from({ length: 10_001 }, (_, index) => (index === 0 ? 100_000_000 : 1_000))
  assert.deepEqual(Buffer.from(histogramOf(samples).encode()), expected)
})

test('the interval between two states of a growing histogram holds what came in between', () => {
  fc.assert(
    fc.property(latencies, latencies, (earlier, later) => {
      const difference = histogramOf([...earlier, ...later]).minus(histogramOf(earlier))
      assert.deepEqual(difference.summary(), histogramOf(later).summary())
    }),
  )
})

test('a state that did not come before is not subtracted', () => {
  assert.throws(() => histogramOf([100]).minus(histogramOf([100, 100])), RangeError)
  assert.throws(() => histogramOf([100, 200]).minus(histogramOf([300])), RangeError)
})

test('times above 2^31 µs keep their three digits', () => {
  const histogram = histogramOf([2 ** 31 + 1_000_000])
  const expectedMs = (2 ** 31 + 1_000_000) / 1_000
  assert.ok(Math.abs((histogram.maxMs ?? 0) / expectedMs - 1) < 0.001)
})

test('a latency is rounded to whole µs and kept within 1 µs and 1 h', () => {
  assert.equal(histogramOf([0]).maxMs, 0.001)
  assert.equal(histogramOf([-5]).maxMs, 0.001)
  assert.equal(histogramOf([1_499.6]).maxMs, 1.5)
  assert.equal(histogramOf([1e15]).maxMs, 3_600_000)
})

test('what is not a finite number is refused and not counted', () => {
  const histogram = new LatencyHistogram()
  for (const us of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    assert.throws(() => histogram.record(us), RangeError)
  }
  assert.equal(histogram.count, 0)
})

test('an empty histogram has no figures, only nulls', () => {
  const { histogram: text, ...figures } = new LatencyHistogram().summary()
  assert.deepEqual(figures, {
    count: 0,
    meanMs: null,
    p50Ms: null,
    p90Ms: null,
    p95Ms: null,
    p99Ms: null,
    p999Ms: null,
    maxMs: null,
  })
  assert.equal(LatencyHistogram.fromBase64(text).count, 0)
})

test('a quantile outside (0, 1] and a rank outside 1 to count are refused', () => {
  const histogram = histogramOf([1, 2, 3])
  for (const quantile of [0, -0.1, 1.01, Number.NaN]) assert.throws(() => histogram.quantileMs(quantile), RangeError)
  for (const rank of [0, 4, Number.NaN]) assert.throws(() => histogram.sampleMs(rank), RangeError)
})

test('bytes and texts that are no histogram are refused', () => {
  assert.throws(() => LatencyHistogram.decode(new Uint8Array(8)), RangeError)
  assert.throws(() => LatencyHistogram.decode(new Uint8Array()), RangeError)
  for (const text of ['', 'not base64!', 'aGVsbG8gd29ybGQ=', 'HISTFAAAAAR4nJNp']) {
    assert.throws(() => LatencyHistogram.fromBase64(text), RangeError)
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { countUpTo, latencyBins, tailQuantiles } from '../../src/report/distribution.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'

function histogramOf(latenciesMs: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram()
  for (const ms of latenciesMs) histogram.record(ms * 1_000)
  return histogram
}

test('bins hold every sample once and are at most 12', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 60 }),
      (latenciesMs) => {
        const bins = latencyBins(histogramOf(latenciesMs))
        assert.equal(
          bins.reduce((sum, bin) => sum + bin.count, 0),
          latenciesMs.length,
        )
        assert.ok(bins.length <= 12, `${bins.length} bins`)
      },
    ),
    { numRuns: 30 },
  )
})

test('latencies over several decades get 1-2-5 edges', () => {
  const bins = latencyBins(histogramOf([1, 1.9, 4, 9, 18, 45, 99]))
  assert.deepEqual(bins, [
    { upToMs: 1, count: 1 },
    { upToMs: 2, count: 1 },
    { upToMs: 5, count: 1 },
    { upToMs: 10, count: 1 },
    { upToMs: 20, count: 1 },
    { upToMs: 50, count: 1 },
    { upToMs: 100, count: 1 },
  ])
})

test('one outlier in thousands has a bin without an upper edge and does not coarsen the others', () => {
  const bins = latencyBins(histogramOf([...Array.from({ length: 5_000 }, (_, index) => 50 + index / 2_500), 9_000]))
  assert.deepEqual(bins.at(-1), { upToMs: null, count: 1 })
  assert.ok(bins.every(({ upToMs }) => upToMs === null || upToMs < 60))
})

test('no samples have no bins', () => {
  assert.deepEqual(latencyBins(new LatencyHistogram()), [])
})

test('samples up to a time are counted with those at the time', () => {
  const histogram = histogramOf([0.1, 0.2, 0.2, 0.3])
  assert.deepEqual(
    [0.05, 0.1, 0.2, 0.25, 1].map((ms) => countUpTo(histogram, ms)),
    [0, 1, 3, 3, 4],
  )
})

test('tail quantiles rise from 0, five for each halving of the distance to 1', () => {
  assert.deepEqual(tailQuantiles(2), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { logNormal, seededRandom } from '../../src/core/random.ts'
import { fitScalability, type ScalabilityFit, type ScalabilityPoint } from '../../src/sizing/scalability-fit.ts'
import { type ScalabilityLaw, throughputAt } from '../../src/sizing/scalability.ts'

/** SPEC SDM91 by Gunther; the numbers beside it are those of the R package usl (nls, port). */
const SDM91 = points({ 1: 64.9, 18: 995.9, 36: 1_652.4, 72: 1_853.2, 108: 1_828.9, 144: 1_775, 216: 1_702.2 })
/** The ray tracer of the Ballistic Research Laboratory, in Gunther 2007. */
const BRL_CAD = points({ 1: 20, 4: 78, 8: 130, 12: 170, 16: 190, 20: 200, 24: 210, 28: 230, 32: 260, 48: 280, 64: 310 })
/** The first eight points of the Cisco benchmark, which the README of usl4j carries on to 200. */
const USL4J = points({
  1: 955.16,
  2: 1_878.91,
  3: 2_688.01,
  4: 3_548.68,
  5: 4_315.54,
  6: 5_130.43,
  7: 5_931.37,
  8: 6_531.08,
})

const CONCURRENCIES = [1, 2, 4, 8, 16, 32, 64]
/** Student's t, 0.975, 4 degrees of freedom. */
const T_OF_FOUR = 2.776_445

function points(figures: Readonly<Record<number, number>>): readonly ScalabilityPoint[] {
  return Object.entries(figures).map(([concurrency, throughputPerS]) => ({
    concurrency: Number(concurrency),
    throughputPerS,
  }))
}

function fit(of: readonly ScalabilityPoint[]): ScalabilityFit {
  const found = fitScalability(of)
  assert.ok(found !== null)
  return found
}

/** What the law gives, each figure off by a factor of this standard deviation. */
function noisy(law: ScalabilityLaw, sigma: number, seed: number): readonly ScalabilityPoint[] {
  const random = seededRandom(seed)
  return CONCURRENCIES.map((concurrency) => ({
    concurrency,
    throughputPerS: logNormal(random, throughputAt(law, concurrency), sigma),
  }))
}

const anyLaw: fc.Arbitrary<ScalabilityLaw> = fc.record({
  throughputOfOnePerS: fc.double({ min: 0.1, max: 10_000, noNaN: true }),
  contention: fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 0.9, noNaN: true })),
  coherency: fc.oneof(fc.constant(0), fc.double({ min: 1e-4, max: 0.1, noNaN: true })),
})

test('the fit of SDM91, its standard errors and its peak are those of R', () => {
  const { law, high, residualPerS, peak } = fit(SDM91)
  assert.equal(law.contention.toFixed(7), '0.0277285')
  assert.equal(law.coherency.toFixed(9), '0.000104365')
  assert.equal(law.throughputOfOnePerS.toFixed(4), '89.9952')
  assert.equal(residualPerS.toFixed(2), '82.85')
  assert.equal(((high.contention - law.contention) / T_OF_FOUR).toFixed(5), '0.00912')
  assert.equal(((high.coherency - law.coherency) / T_OF_FOUR).toFixed(7), '0.0000199')
  assert.equal(((high.throughputOfOnePerS - law.throughputOfOnePerS) / T_OF_FOUR).toFixed(2), '14.21')
  assert.equal(peak?.concurrency.toFixed(2), '96.52')
  assert.ok(peak.lowConcurrency < 96.52 && peak.highConcurrency > 96.52)
})

test('coherency of BRL-CAD is 0, at its bound, and so there is no peak', () => {
  const { law, low, high, peak } = fit(BRL_CAD)
  assert.equal(law.contention.toFixed(5), '0.05777')
  assert.equal(law.throughputOfOnePerS.toFixed(2), '21.85')
  assert.equal(law.coherency, 0)
  assert.ok(low.coherency === 0 && high.coherency > 0, 'a parameter at its bound is not known for certain')
  assert.equal(peak, null)
})

test('eight clients do not show the peak that usl4j draws from them', () => {
  const { law, low, peak, largestConcurrency } = fit(USL4J)
  assert.equal(law.contention.toFixed(5), '0.01816')
  assert.equal(law.coherency.toFixed(6), '0.000309')
  assert.equal(law.throughputOfOnePerS.toFixed(2), '939.66')
  assert.deepEqual([low.coherency, peak, largestConcurrency], [0, null, 8])
})

test('a peak beyond the largest number that was measured is none', () => {
  // √(0.98 / 0.0004) = 49.5, and measured up to 32.
  const law = { throughputOfOnePerS: 100, contention: 0.02, coherency: 4e-4 }
  const upTo = (most: number): readonly ScalabilityPoint[] =>
    [1, 2, 4, 8, 16, 32, 64, 128]
      .filter((concurrency) => concurrency <= most)
      .map((concurrency) => ({ concurrency, throughputPerS: throughputAt(law, concurrency) }))
  assert.equal(fit(upTo(32)).peak, null)
  assert.equal(fit(upTo(128)).peak?.concurrency.toFixed(1), '49.5')
})

test('a fall that four points cannot tell from chance is no peak', () => {
  const { law, low, peak } = fit(points({ 1: 100, 2: 150, 4: 260, 8: 200 }))
  assert.ok(law.coherency > 0 && low.coherency === 0)
  assert.equal(peak, null)
})

test('the parameters of a law are found again', () => {
  fc.assert(
    fc.property(anyLaw, (law) => {
      const found = fit(noisy(law, 0, 1)).law
      for (const concurrency of CONCURRENCIES)
        assert.ok(Math.abs(throughputAt(found, concurrency) / throughputAt(law, concurrency) - 1) < 1e-6)
      assert.ok(Math.abs(found.contention - law.contention) < 1e-5 * (1 + law.contention))
      assert.ok(Math.abs(found.coherency - law.coherency) < 1e-5)
      assert.ok(Math.abs(found.throughputOfOnePerS / law.throughputOfOnePerS - 1) < 1e-5)
    }),
    { seed: 6, numRuns: 500 },
  )
})

test('no parameter and no bound is below 0, whatever is measured', () => {
  const anyPoint = fc.record({
    concurrency: fc.double({ min: 0.5, max: 500, noNaN: true }),
    throughputPerS: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(anyPoint, { minLength: 4, maxLength: 12 }), (measured) => {
      const found = fitScalability(measured)
      if (found === null) return
      for (const { throughputOfOnePerS, contention, coherency } of [found.low, found.law, found.high])
        assert.ok(throughputOfOnePerS >= 0 && contention >= 0 && coherency >= 0)
      assert.ok(found.law.throughputOfOnePerS > 0)
    }),
    { seed: 6, numRuns: 500 },
  )
})

test('ten times the throughput everywhere is ten times that of one, and the same growth', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      (seed, factor) => {
        const measured = noisy({ throughputOfOnePerS: 100, contention: 0.05, coherency: 0.001 }, 0.03, seed)
        const scaled = measured.map((point) => ({ ...point, throughputPerS: factor * point.throughputPerS }))
        const [one, other] = [fit(measured), fit(scaled)]
        assert.ok(Math.abs(one.law.contention - other.law.contention) < 1e-6)
        assert.ok(Math.abs(one.law.coherency - other.law.coherency) < 1e-6)
        assert.ok(Math.abs(other.law.throughputOfOnePerS / (factor * one.law.throughputOfOnePerS) - 1) < 1e-5)
        assert.equal(one.peak === null, other.peak === null)
      },
    ),
    { seed: 6, numRuns: 200 },
  )
})

test('95 % bounds hold the true parameters, and the true peak, in 95 of 100 noisy measurements', () => {
  const law = { throughputOfOnePerS: 100, contention: 0.05, coherency: 0.002 }
  const peak = Math.sqrt(0.95 / 0.002)
  const rounds = 400
  const held = { throughputOfOnePerS: 0, contention: 0, coherency: 0, peak: 0 }
  for (let seed = 0; seed < rounds; seed++) {
    const random = seededRandom(seed)
    const measured = CONCURRENCIES.map((concurrency) => ({
      concurrency,
      // Errors of the same size everywhere, as least squares assumes.
      throughputPerS: throughputAt(law, concurrency) + 10 * Math.log(logNormal(random, 1, 1)),
    }))
    const found = fit(measured.map((point) => ({ ...point, throughputPerS: Math.max(1, point.throughputPerS) })))
    for (const name of ['throughputOfOnePerS', 'contention', 'coherency'] as const)
      if (found.low[name] <= law[name] && law[name] <= found.high[name]) held[name]++
    if (found.peak !== null && found.peak.lowConcurrency <= peak && peak <= found.peak.highConcurrency) held.peak++
  }
  // Binomial: 0.95 ± 4 · √(0.95 · 0.05 / 400) = 0.906 to 0.994; the law is curved, which costs a little.
  for (const [name, count] of Object.entries(held)) assert.ok(count / rounds > 0.9, `${name}: ${count} of ${rounds}`)
})

test('too few points, or too few different ones, give no fit', () => {
  assert.equal(fitScalability(SDM91.slice(0, 3)), null)
  const [first, second] = SDM91
  assert.ok(first !== undefined && second !== undefined)
  assert.equal(fitScalability([first, first, second, second]), null)
})

test('a throughput or a concurrency of 0 is refused by name', () => {
  assert.throws(() => fitScalability([...SDM91, { concurrency: 4, throughputPerS: 0 }]), /above 0, got 4 and 0\/s/)
})

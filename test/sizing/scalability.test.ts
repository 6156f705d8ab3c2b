import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import {
  efficiencyAt,
  peakConcurrency,
  responseTimeAt,
  type ScalabilityLaw,
  throughputAt,
} from '../../src/sizing/scalability.ts'

const anyLaw: fc.Arbitrary<ScalabilityLaw> = fc.record({
  throughputOfOnePerS: fc.double({ min: 0.1, max: 10_000, noNaN: true }),
  contention: fc.double({ min: 0, max: 0.9, noNaN: true }),
  coherency: fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 0.1, noNaN: true })),
})

/** The Cisco benchmark of Schwartz 2015, "Practical Scalability Analysis", with the parameters that usl (Go) and usl4j test. */
const CISCO: ScalabilityLaw = { throughputOfOnePerS: 995.6486, contention: 0.02671591, coherency: 7.690945e-4 }

function close(actual: number, expected: number, share = 1e-5): void {
  assert.ok(Math.abs(actual / expected - 1) < share, `${actual}, not ${expected}`)
}

test('throughput, response time and peak of a published law are those that other implementations give', () => {
  close(throughputAt(CISCO, 1), 995.6487)
  close(throughputAt(CISCO, 20), 11_063.633)
  close(throughputAt(CISCO, 35), 12_341.7456)
  assert.equal(Math.floor(peakConcurrency(CISCO)), 35)
  // 20 in flight, 1.80772 ms each.
  close(responseTimeAt(CISCO, throughputAt(CISCO, 20)) ?? 0, 1.807_724)
})

test('without coherency throughput grows towards γ / α and never falls: Amdahl', () => {
  const law = { throughputOfOnePerS: 100, contention: 0.1, coherency: 0 }
  assert.equal(peakConcurrency(law), Number.POSITIVE_INFINITY)
  // 1 / (0.1 + 0.9 / 10) = 5.26 times one alone.
  assert.equal(throughputAt(law, 10).toFixed(1), '526.3')
  assert.equal(responseTimeAt(law, 1_000), null)
})

test('below the throughput of one alone an answer takes as long as alone', () => {
  assert.equal(responseTimeAt({ throughputOfOnePerS: 100, contention: 0.3, coherency: 0.01 }, 5), 10)
})

test('the response time at a throughput is N / X of the same law, on the way up to the peak', () => {
  fc.assert(
    fc.property(anyLaw, fc.double({ min: 0, max: 0.99, noNaN: true }), (law, way) => {
      const peak = Math.min(peakConcurrency(law), 1_000)
      const concurrency = 1 + way * (peak - 1)
      const throughputPerS = throughputAt(law, concurrency)
      // Where a law is nearly flat, one throughput is that of many N.
      if (throughputPerS > 0.999 * throughputAt(law, peak)) return
      close(responseTimeAt(law, throughputPerS) ?? 0, (concurrency * 1_000) / throughputPerS, 1e-6)
    }),
    { numRuns: 1_000 },
  )
})

test('no throughput is above that of the peak, and no efficiency above 1', () => {
  fc.assert(
    fc.property(anyLaw, fc.double({ min: 1, max: 10_000, noNaN: true }), (law, concurrency) => {
      const peak = Math.min(peakConcurrency(law), 1e9)
      assert.ok(throughputAt(law, concurrency) <= throughputAt(law, peak) * (1 + 1e-9))
      assert.ok(efficiencyAt(law, concurrency) <= 1)
      if (law.coherency > 0) assert.equal(responseTimeAt(law, throughputAt(law, peak) * 1.01), null)
    }),
    { numRuns: 1_000 },
  )
})

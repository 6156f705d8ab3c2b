import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { kneeConcurrency } from '../../src/sizing/concurrency-knee.ts'
import type { ScalabilityPoint } from '../../src/sizing/scalability-fit.ts'

function points(throughputs: Readonly<Record<number, number>>): readonly ScalabilityPoint[] {
  return Object.entries(throughputs).map(([concurrency, throughputPerS]) => ({
    concurrency: Number(concurrency),
    throughputPerS,
  }))
}

test('the knee lies where a straight line between two points reaches 95 % of the best', () => {
  // 0.95 × 1 000 = 950, half-way between 900 and 1 000.
  assert.equal(kneeConcurrency(points({ 1: 300, 2: 600, 4: 900, 8: 1_000, 16: 990 })), 6)
})

test('a concurrency that was measured more than once counts with its mean', () => {
  // The mean of 8 is 900: 950 is reached half-way to 16.
  assert.equal(kneeConcurrency([...points({ 4: 500, 8: 800, 16: 1_000, 32: 1_000 }), ...points({ 8: 1_000 })]), 12)
})

test('one that is enough is the knee', () => {
  assert.equal(kneeConcurrency(points({ 1: 1_000, 2: 1_010, 4: 900 })), 1)
})

test('throughput that still grows at the last point, and too few points, show no knee', () => {
  assert.equal(kneeConcurrency(points({ 1: 100, 2: 200, 4: 400 })), null)
  assert.equal(kneeConcurrency(points({ 1: 100, 2: 100 })), null)
  assert.equal(kneeConcurrency([]), null)
})

test('the knee of a target that serves c at once is not below 95 % of c', () => {
  const measured = fc.uniqueArray(fc.integer({ min: 1, max: 256 }), { minLength: 3, maxLength: 9 })
  fc.assert(
    fc.property(measured, fc.integer({ min: 1, max: 64 }), (concurrencies, places) => {
      const ramp = concurrencies.map((concurrency) => ({
        concurrency,
        throughputPerS: 50 * Math.min(concurrency, places),
      }))
      const knee = kneeConcurrency(ramp)
      const reached = Math.min(places, Math.max(...concurrencies))
      assert.ok(knee === null || knee >= 0.95 * reached - 1e-9)
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { WHOLE } from '../../src/core/generator-messages.ts'
import { seededRandom } from '../../src/core/random.ts'
import { constantRate } from '../../src/core/rate-profile.ts'
import type { Arrivals } from '../../src/core/workload.ts'
import { createLoadDriver } from '../../src/load/driver.ts'
import { Pacer } from '../../src/load/pacer.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'
import { startMisbehavingServer } from '../support/misbehaving-server.ts'
import { GET, openWorkload, planFor } from '../support/plans.ts'

const SEEDS = [1, 2, 3]
/** What the engine adds to the seed of a plan for its arrivals. */
const ARRIVALS_SEED_OFFSET = 1
/** Of the long schedules: 20,000 arrivals. */
const RATE_PER_S = 1_000
const DURATION_MS = 20_000

function startsMs(arrivals: Arrivals, ratePerS: number, durationMs: number, seed: number): number[] {
  const pacer = new Pacer({ stretches: constantRate(ratePerS, durationMs), arrivals, share: WHOLE }, seededRandom(seed))
  const starts: number[] = []
  for (; pacer.nextMs !== Infinity; pacer.advance()) starts.push(pacer.nextMs)
  return starts
}

function gapsOf(starts: readonly number[]): number[] {
  return starts.slice(1).map((start, index) => start - (starts[index] ?? Number.NaN))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Standard deviation / mean: 0 for even gaps, 1 for exponential ones. */
function variation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2))) / middle
}

/** The largest distance between the share of gaps up to x and 1 − exp(−x/mean), over all x (Kolmogorov and Smirnov). */
function distanceFromExponential(gaps: readonly number[], meanMs: number): number {
  const sorted = gaps.toSorted((left, right) => left - right)
  return sorted.reduce((largest, gap, index) => {
    const law = 1 - Math.exp(-gap / meanMs)
    return Math.max(largest, law - index / sorted.length, (index + 1) / sorted.length - law)
  }, 0)
}

test('the gaps of Poisson arrivals are exponential by mean, variation and distribution', () => {
  for (const seed of SEEDS) {
    const gaps = gapsOf(startsMs('poisson', RATE_PER_S, DURATION_MS, seed))
    const root = Math.sqrt(gaps.length)
    // The mean has the standard error 1/√n; so has the variation, 1/√n for exponential gaps.
    assert.ok(Math.abs(mean(gaps) - 1) < 4 / root, `mean ${mean(gaps)}`)
    assert.ok(Math.abs(variation(gaps) - 1) < 4 / root, `variation ${variation(gaps)}`)
    // Massey 1951: 1.95/√n is exceeded once in a thousand.
    const distance = distanceFromExponential(gaps, 1)
    assert.ok(distance < 1.95 / root, `distance ${distance}`)
  }
})

test('the gaps of Poisson arrivals say nothing about the ones that follow', () => {
  for (const seed of SEEDS) {
    const gaps = gapsOf(startsMs('poisson', RATE_PER_S, DURATION_MS, seed))
    const products = gaps.slice(1).map((gap, index) => (gap - 1) * ((gaps[index] ?? Number.NaN) - 1))
    // The correlation of independent neighbours has the standard error 1/√n.
    assert.ok(Math.abs(mean(products)) < 4 / Math.sqrt(gaps.length), `correlation ${mean(products)}`)
  }
})

test('even gaps are far from exponential ones, and do not vary', () => {
  const gaps = gapsOf(startsMs('uniform', RATE_PER_S, DURATION_MS, 1))
  assert.ok(Math.abs(mean(gaps) - 1) < 1e-9)
  assert.ok(variation(gaps) < 1e-9)
  // All gaps equal the mean: up to there the law holds 1 − 1/e of them, the schedule none.
  assert.ok(Math.abs(distanceFromExponential(gaps, 1) - (1 - 1 / Math.E)) < 1e-6)
})

for (const arrivals of ['uniform', 'poisson'] as const) {
  test(`a server sees ${arrivals} arrivals all, in their order, and none before it is due`, async (context) => {
    const seen: { readonly path: string; readonly atMs: number }[] = []
    const server = await startMisbehavingServer(({ socket, path }) => {
      seen.push({ path, atMs: performance.now() })
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
    context.after(() => server.close())
    const plan = planFor(server.origin, {
      // On one connection requests cannot overtake each other.
      workload: openWorkload(200, { arrivals, initialConnections: 1, maxConnections: 1 }),
      requests: [{ ...GET, path: '/{{index}}' }],
      durationMs: 500,
    })
    const starts = startsMs(arrivals, 200, plan.durationMs, plan.seed + ARRIVALS_SEED_OFFSET)
    const beforeMs = performance.now()
    const { counts, lateness } = await createLoadDriver().run(plan, { onSnapshot: () => undefined })
    assert.ok(starts.length > 50, `only ${starts.length} arrivals are due`)
    assert.equal(counts.scheduled, starts.length)
    assert.equal(LatencyHistogram.decode(lateness).count, starts.length)
    assert.deepEqual(
      seen.map(({ path }) => path),
      starts.map((_, index) => `/${index}`),
    )
    const early = seen.filter(({ atMs }, index) => atMs - beforeMs < (starts[index] ?? Number.NaN))
    assert.deepEqual(early, [])
  })
}

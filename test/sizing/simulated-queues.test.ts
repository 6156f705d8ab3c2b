import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededRandom } from '../../src/core/random.ts'
import { closedLoopThroughput, inFlight } from '../../src/sizing/littles-law.ts'
import { poolSize } from '../../src/sizing/pools.ts'
import { erlangB, erlangC, waitQuantileMs } from '../../src/sizing/queueing.ts'
import { fitScalability } from '../../src/sizing/scalability-fit.ts'
import { throughputAt } from '../../src/sizing/scalability.ts'
import { utilization } from '../../src/sizing/utilization.ts'
import { predictThroughput } from '../../src/sizing/workers.ts'
import { batchMean, meanOf, type Observed, type SimulatedMean, simulateQueue } from '../support/queue-simulation.ts'

const REQUESTS = 40_000
/** A true value is missed by more than this many standard errors once in 16 000 times. */
const STANDARD_ERRORS = 4
const SERVICE_TIME_MS = 10
/** [servers, erlangs]: light and heavy load, one server and many. */
const QUEUES = [
  [1, 0.5],
  [1, 0.8],
  [2, 1.4],
  [4, 3],
  [10, 8],
  [20, 17],
] as const

function agrees(predicted: number, { mean, standardError }: SimulatedMean, what: string): void {
  const off = Math.abs(predicted - mean) / standardError
  assert.ok(off < STANDARD_ERRORS, `${what}: ${predicted} predicted, ${mean} ± ${standardError} simulated`)
}

function simulated(
  servers: number,
  erlangs: number,
  options: { waitingPlaces?: number; seed?: number } = {},
): Observed {
  const { seed = 1, ...places } = options
  return simulateQueue(
    { kind: 'open', ratePerS: (erlangs * 1_000) / SERVICE_TIME_MS },
    { servers, serviceTimeMs: SERVICE_TIME_MS, ...places },
    REQUESTS,
    seededRandom(seed * 1_000 + servers),
  )
}

for (const [servers, erlangs] of QUEUES) {
  test(`Erlang C and its wait quantiles are those of a simulated queue of ${servers} servers and ${erlangs} erlangs`, () => {
    const { waitsMs } = simulated(servers, erlangs)
    agrees(erlangC(servers, erlangs), batchMean(waitsMs.map((ms) => (ms > 0 ? 1 : 0))), 'share that waits')
    for (const quantile of [0.9, 0.99]) {
      const bound = waitQuantileMs(servers, erlangs, SERVICE_TIME_MS, quantile)
      const beyond = batchMean(waitsMs.map((ms) => (ms > bound ? 1 : 0)))
      agrees(Math.min(1 - quantile, erlangC(servers, erlangs)), beyond, `share beyond the ${quantile} quantile`)
    }
  })

  test(`Little's law and the utilization law hold in a simulated queue of ${servers} servers and ${erlangs} erlangs`, () => {
    const boots = [1, 2, 3, 4, 5].map((seed) => simulated(servers, erlangs, { seed }))
    const surplus = boots.map(
      ({ meanInFlight, throughputPerS, responsesMs }) =>
        inFlight(throughputPerS, batchMean(responsesMs).mean) / meanInFlight - 1,
    )
    // An identity but for the requests that are under way at either end: 1 in 1 000 here.
    for (const share of surplus) assert.ok(Math.abs(share) < 2e-3, `${share}`)
    agrees(erlangs / servers, meanOf(boots.map(({ busyFraction }) => busyFraction)), 'utilization at the offered load')
    const ofThroughput = boots.map(
      ({ busyFraction, throughputPerS }) => busyFraction - utilization(throughputPerS, SERVICE_TIME_MS, servers),
    )
    agrees(0, meanOf(ofThroughput), 'busy beyond U = X·D')
  })
}

test('Erlang B is the share that a simulated station without a line turns away', () => {
  for (const [servers, erlangs] of [
    [1, 1],
    [4, 3],
    [10, 4.4612],
    [20, 18],
  ] as const) {
    const boots = [1, 2, 3, 4, 5, 6].map((seed) => simulated(servers, erlangs, { waitingPlaces: 0, seed }))
    agrees(erlangB(servers, erlangs), meanOf(boots.map(({ blockedFraction }) => blockedFraction)), `${servers} servers`)
  }
})

test('of 200 calls/s of 50 ms, one in a hundred waits more than 5 ms for a pool of the size asked for, and more for a smaller one', () => {
  const [callsPerS, holdMs, maxWaitMs] = [200, 50, 5]
  const beyond = (servers: number): SimulatedMean => {
    const source = { kind: 'open', ratePerS: callsPerS } as const
    const { waitsMs } = simulateQueue(source, { servers, serviceTimeMs: holdMs }, 2 * REQUESTS, seededRandom(servers))
    return batchMean(waitsMs.map((ms) => (ms > maxWaitMs ? 1 : 0)))
  }
  const size = poolSize(callsPerS, holdMs, maxWaitMs)
  const [enough, oneLess] = [beyond(size), beyond(size - 1)]
  assert.ok(enough.mean < 0.01 + STANDARD_ERRORS * enough.standardError, `${enough.mean}`)
  assert.ok(oneLess.mean > 0.01 - STANDARD_ERRORS * oneLess.standardError, `${oneLess.mean}`)
  assert.ok(oneLess.mean > enough.mean)
})

/** Users who want a server for 10 ms after they have thought. */
function closed(users: number, station: { servers: number; thinkTimeMs: number }, requests: number): Observed {
  const { servers, thinkTimeMs } = station
  const source = { kind: 'closed', users, thinkTimeMs } as const
  return simulateQueue(source, { servers, serviceTimeMs: SERVICE_TIME_MS }, requests, seededRandom(users))
}

test('users who think ask for N / (R + Z), and never for more than the servers can do', () => {
  for (const users of [1, 5, 20, 40]) {
    const { throughputPerS, responsesMs } = closed(users, { servers: 2, thinkTimeMs: 90 }, REQUESTS)
    const response = batchMean(responsesMs)
    // Think times are drawn too: their mean is uncertain by 90 ms / √requests.
    const cycleError = Math.hypot(response.standardError, 90 / Math.sqrt(REQUESTS)) / (response.mean + 90)
    const predicted = closedLoopThroughput(users, response.mean, 90)
    agrees(predicted, { mean: throughputPerS, standardError: throughputPerS * cycleError }, `${users} users`)
    assert.ok(utilization(throughputPerS, SERVICE_TIME_MS, 2) < 1.02)
  }
})

// A queue bends more sharply than the law, which takes the rest for coherency: by itself it would see a peak in each of them.
for (const [servers, thinkTimeMs] of [
  [2, 90],
  [1, 90],
  [1, 20],
  [8, 20],
] as const) {
  test(`no peak is seen in a simulated closed queue that only fills up (${servers} servers, ${thinkTimeMs} ms of thinking)`, () => {
    for (const measured of [
      [1, 2, 4, 8, 16, 32, 64],
      [1, 2, 3, 4, 6, 8, 12, 16, 24, 32],
    ]) {
      const points = measured.map((concurrency) => ({
        concurrency,
        throughputPerS: closed(concurrency, { servers, thinkTimeMs }, 10_000).throughputPerS,
      }))
      const fit = fitScalability(points)
      assert.equal(fit?.peak, null)
      for (const { concurrency, throughputPerS } of points)
        assert.ok(Math.abs(throughputAt(fit.law, concurrency) / throughputPerS - 1) < 0.25, `${concurrency}`)
    }
  })
}

test('two workers on two CPUs do what the two-bottleneck model says, as simulated at saturation', () => {
  // 40 users without thinking keep two servers of 10 ms full: 200/s; the model stays at 95 % of it.
  const { throughputPerS } = closed(40, { servers: 2, thinkTimeMs: 0 }, REQUESTS)
  const demand = { cpus: 2, cpuMs: SERVICE_TIME_MS, busyLoopMs: SERVICE_TIME_MS, primaryCpuMs: 0 }
  const share = predictThroughput(2, demand).throughputPerS / throughputPerS
  // 1/√40 000 = 0.5 % of standard error.
  assert.ok(Math.abs(share - 0.95) < 0.02, `${share}`)
})

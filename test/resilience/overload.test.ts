import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Milliseconds } from '../../src/core/clock.ts'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { RequestQueue } from '../../src/resilience/request-queue.ts'
import { FakeClock } from '../support/fake-clock.ts'

const SERVICE_MS = 100
const CONCURRENCY = 10
const CAPACITY_PER_S = (CONCURRENCY * 1_000) / SERVICE_MS
/** Clients take no notice of an answer that comes later, but do not say so. */
const PATIENCE_MS = 1_000
const OVERLOAD_MS = 10_000
const AFTER_MS = 5_000

interface Arrival {
  readonly atMs: Milliseconds
  endedMs?: Milliseconds
}

/** 10 s of three times what can be served, then half of it: the same numbers as in QU05. */
function simulate(newestFirstAfterMs: Milliseconds): readonly Arrival[] {
  const clock = new FakeClock()
  const options = { concurrency: CONCURRENCY, capacity: 1_000, waitTimeoutMs: 5_000, newestFirstAfterMs }
  const queue = new RequestQueue(options, new DeadlineSweep(clock))
  const startMs = clock.now()
  const arrivals: Arrival[] = []
  const arrive = (): void => {
    const arrival: Arrival = { atMs: clock.now() - startMs }
    arrivals.push(arrival)
    queue.admit(
      (place) =>
        clock.schedule(SERVICE_MS, () => {
          arrival.endedMs = clock.now() - startMs
          place.release()
        }),
      () => undefined,
    )
  }
  const send = (untilMs: Milliseconds, perS: number): void => {
    while (clock.now() - startMs < untilMs) {
      arrive()
      clock.advance(1_000 / perS)
    }
  }
  send(OVERLOAD_MS, 3 * CAPACITY_PER_S)
  send(OVERLOAD_MS + AFTER_MS, CAPACITY_PER_S / 2)
  clock.advance(60_000)
  return arrivals
}

function tookMs({ atMs, endedMs = Number.POSITIVE_INFINITY }: Arrival): Milliseconds {
  return endedMs - atMs
}

/** Answers in time, per second of the overload, as a share of what can be served. */
function goodputShare(arrivals: readonly Arrival[]): number {
  const good = arrivals.filter((arrival) => tookMs(arrival) <= PATIENCE_MS && (arrival.endedMs ?? 0) <= OVERLOAD_MS)
  return good.length / (CAPACITY_PER_S * (OVERLOAD_MS / 1_000))
}

function latencyAfterMs(arrivals: readonly Arrival[]): Milliseconds {
  return Math.max(...arrivals.filter(({ atMs }) => atMs >= OVERLOAD_MS + 1_000).map(tookMs))
}

test('QU05 three times its load for 10 s leaves a server 80 % of its goodput, and normal waits a second later', () => {
  const arrivals = simulate(500)
  assert.ok(goodputShare(arrivals) >= 0.8, `goodput ${goodputShare(arrivals)} of the capacity`)
  assert.ok(latencyAfterMs(arrivals) <= 2 * SERVICE_MS, `${latencyAfterMs(arrivals)} ms a second after the overload`)
})

test('QU05 in order of arrival the same load leaves next to nothing, and late answers long after it', () => {
  const arrivals = simulate(5_000)
  assert.ok(goodputShare(arrivals) < 0.3, `goodput ${goodputShare(arrivals)} of the capacity`)
  assert.ok(latencyAfterMs(arrivals) > PATIENCE_MS, `${latencyAfterMs(arrivals)} ms a second after the overload`)
})

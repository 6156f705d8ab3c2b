import assert from 'node:assert/strict'
import { test } from 'node:test'

import { AdaptiveLimit } from '../../src/resilience/adaptive-limit.ts'
import type { WorkOutcome } from '../../src/resilience/adaptive-limit.ts'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { RequestQueue } from '../../src/resilience/request-queue.ts'
import { FakeClock } from '../support/fake-clock.ts'

const MIN = 4
const MAX = 200

function setUp() {
  const clock = new FakeClock()
  const limit = new AdaptiveLimit({ min: MIN, max: MAX }, clock)
  /** A round of as much work at the same time as is wanted and the limit allows. */
  const round = (wanted: number, tookMs: (running: number) => number, outcome: WorkOutcome = 'done'): void => {
    const running = Math.min(wanted, limit.limit)
    const samples = Array.from({ length: running }, () => limit.begin())
    clock.advance(tookMs(running))
    for (const sample of samples) limit.end(sample, outcome)
  }
  const rounds = (count: number, ...parameters: Parameters<typeof round>): void => {
    for (let index = 0; index < count; index++) round(...parameters)
  }
  return { clock, limit, rounds }
}

/** A server that can do so much at the same time in 50 ms; more makes all of it slower. */
function serverOf(capacity: number): (running: number) => number {
  return (running) => 50 * Math.max(1, running / capacity)
}

test('QU14 the limit settles a little above what the server can do at the same time', () => {
  const { limit, rounds } = setUp()
  rounds(500, MAX, serverOf(40))
  assert.ok(limit.limit >= 40 && limit.limit <= 80, String(limit.limit))
})

test('QU14 the limit rises again when the server can do more', () => {
  const { limit, rounds } = setUp()
  rounds(500, MAX, serverOf(10))
  assert.ok(limit.limit <= 20, String(limit.limit))
  rounds(500, MAX, serverOf(100))
  assert.ok(limit.limit >= 80, String(limit.limit))
})

test('QU14 a server that has become slower for good is not held at the floor', () => {
  const { limit, rounds } = setUp()
  rounds(500, MAX, serverOf(40))
  rounds(2_000, MAX, (running) => 10 * serverOf(40)(running))
  assert.ok(limit.limit >= 30 && limit.limit <= 80, String(limit.limit))
})

test('QU14 the limit never falls below its floor nor rises above its ceiling', () => {
  const { limit, rounds } = setUp()
  rounds(2_000, MAX, () => 10)
  assert.equal(limit.limit, MAX)
  rounds(500, MAX, () => 60_000, 'dropped')
  assert.equal(limit.limit, MIN)
})

test('QU14 traffic that uses less than half of the limit does not raise it', () => {
  const { limit, rounds } = setUp()
  rounds(500, MAX, serverOf(40))
  const before = limit.limit
  rounds(500, before / 2 - 1, () => 50)
  assert.ok(limit.limit <= before, `${before}, then ${limit.limit}`)
})

test('QU14 work that always takes as long as its timeout lowers the limit', () => {
  const { limit, rounds } = setUp()
  rounds(500, MAX, serverOf(40))
  const before = limit.limit
  rounds(20, MAX, () => 1_000, 'dropped')
  assert.ok(limit.limit < before / 2, String(limit.limit))
})

test('QU14 a few that are dropped among many do not lower the limit, more than a tenth do', () => {
  for (const [every, isLower] of [
    [50, false],
    [5, true],
  ] as const) {
    const { clock, limit, rounds } = setUp()
    rounds(500, MAX, serverOf(1_000))
    assert.equal(limit.limit, MAX)
    for (let round = 0; round < 20; round++) {
      const samples = Array.from({ length: 100 }, () => limit.begin())
      clock.advance(50)
      for (const [index, sample] of samples.entries()) limit.end(sample, index % every === 0 ? 'dropped' : 'done')
    }
    assert.equal(limit.limit < MAX, isLower, `${limit.limit}`)
  }
})

test('QU14 work that began under another limit changes nothing', () => {
  const { clock, limit, rounds } = setUp()
  const old = Array.from({ length: 10 }, () => limit.begin())
  rounds(100, MAX, () => 10)
  const before = limit.limit
  clock.advance(60_000)
  for (const sample of old) assert.equal(limit.end(sample, 'dropped'), false)
  assert.equal(limit.limit, before)
})

test('QU14 nobody is refused while the limit is sought, as long as there is room to wait', () => {
  const clock = new FakeClock()
  const limit = new AdaptiveLimit({ min: MIN, max: MAX }, clock)
  const sizes = { concurrency: limit.limit, capacity: 1_000, waitTimeoutMs: 5_000 }
  const queue = new RequestQueue(sizes, new DeadlineSweep(clock))
  let limits = ''
  const arrive = (): void => {
    queue.admit(
      (place) => {
        const sample = limit.begin()
        // Ten at a time take 40 ms; more are slower.
        clock.schedule(40 * Math.max(1, queue.stats().running / 10), () => {
          if (limit.end(sample, 'done')) queue.resize(limit.limit, sizes.capacity)
          limits += `${limit.limit} `
          place.release()
        })
      },
      (reason) => assert.fail(reason),
    )
  }
  // 80 % of what ten at a time can do.
  for (let request = 0; request < 5_000; request++) {
    arrive()
    clock.advance(5)
  }
  assert.ok(limits.length > 0)
})

test('bounds out of range are named', () => {
  assert.throws(() => new AdaptiveLimit({ min: 0, max: -1 }, new FakeClock()), {
    name: 'RangeError',
    message: /min.*max/,
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ClientLimiter } from '../../src/resilience/client-limiter.ts'
import type { LimiterDecision, TokenRequest } from '../../src/resilience/client-limiter.ts'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { LeasedLimiter } from '../../src/resilience/leased-limiter.ts'
import type { LeasedLimiterOptions } from '../../src/resilience/leased-limiter.ts'
import { FakeClock } from '../support/fake-clock.ts'

const LATENCY_MS = 1

/** Some processes with one limit, whose messages take 1 ms each way; what a request was told is found in `decisions`. */
class Sharers {
  readonly clock = new FakeClock()
  readonly buckets: ClientLimiter
  readonly limiters: LeasedLimiter[] = []
  readonly options: LeasedLimiterOptions
  readonly decisions: LimiterDecision[] = []
  messages = 0
  /** Whether messages arrive. */
  isConnected = true

  constructor(options: LeasedLimiterOptions) {
    this.options = options
    this.buckets = new ClientLimiter(options, this.clock)
    for (let sharer = 0; sharer < options.sharers; sharer++) this.add()
  }

  add(): LeasedLimiter {
    const later = (task: () => void): void => {
      if (this.isConnected) this.clock.schedule(LATENCY_MS, task)
    }
    const limiter: LeasedLimiter = new LeasedLimiter(
      this.options,
      {
        ask: (id, requests) => {
          this.messages++
          later(() => {
            const grants = requests.map((request) => this.buckets.grant(request))
            later(() => limiter.onGranted(id, grants))
          })
        },
        soon: (task) => void this.clock.schedule(0, task),
      },
      this.clock,
      new DeadlineSweep(this.clock),
    )
    this.limiters.push(limiter)
    return limiter
  }

  take(sharer: number, clientKey = 'a'): void {
    const decision = this.limiters[sharer]?.take(clientKey)
    if (decision instanceof Promise) void decision.then((made) => this.decisions.push(made))
    else if (decision !== undefined) this.decisions.push(decision)
  }

  giveBack(requests: readonly TokenRequest[]): void {
    for (const request of requests) this.buckets.grant(request)
  }

  async pass(ms: number): Promise<void> {
    const steps = Math.min(ms, 100)
    for (let step = 0; step < steps; step++) {
      this.clock.advance(ms / steps)
      await settled()
    }
  }

  get allowed(): number {
    return this.decisions.filter(({ allowed }) => allowed).length
  }
}

/** Lets all that promises have to say be said. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await Promise.resolve()
}

const SIXTY_A_MINUTE = { count: 60, periodMs: 60_000, maxClients: 100, sharers: 4 }

test('RL10 four workers let 60 a minute through together, whichever of them is asked, and the 61st waits a second', async () => {
  const sharers = new Sharers(SIXTY_A_MINUTE)
  for (let request = 0; request < 100; request++) sharers.take(request % 4)
  await sharers.pass(10)
  assert.equal(sharers.decisions.length, 100)
  assert.equal(sharers.allowed, 60)
  assert.deepEqual(sharers.decisions.at(-1), { allowed: false, retryAfterS: 1 })
})

test('RL10 one worker that gets all requests lets as many through as all of them', async () => {
  const sharers = new Sharers(SIXTY_A_MINUTE)
  for (let request = 0; request < 100; request++) sharers.take(0)
  await sharers.pass(10)
  assert.equal(sharers.allowed, 60)
})

for (const spread of ['evenly', 'to one after the other', 'at random']) {
  test(`RL10 under twice its load a limit of 1000 a second is kept within 5 % when requests are spread ${spread}`, async () => {
    const sharers = new Sharers({ count: 1_000, periodMs: 1_000, maxClients: 100, sharers: 4 })
    const draws = fc.sample(fc.nat({ max: 3 }), { numRuns: 10_000, seed: 1 })
    for (let ms = 0; ms < 5_000; ms++) {
      const even = [2 * ms, 2 * ms + 1]
      for (const request of even) {
        const sharer =
          spread === 'evenly' ? request % 4 : spread === 'at random' ? draws[request] : Math.floor(ms / 700) % 4
        sharers.take(sharer ?? 0)
      }
      await sharers.pass(1)
    }
    await sharers.pass(10)
    // A full bucket at the start, and five seconds of the rate.
    assert.ok(sharers.allowed <= 6_000, `${sharers.allowed} were let through`)
    assert.ok(sharers.allowed >= 6_000 * 0.95, `${sharers.allowed} were let through`)
  })
}

test('RL10 workers never let more through than the buckets allow, whatever they do and however they end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 400 }),
      fc.array(
        fc.oneof(
          { weight: 10, arbitrary: fc.record({ take: fc.nat({ max: 2 }), times: fc.integer({ min: 1, max: 30 }) }) },
          { weight: 5, arbitrary: fc.record({ waitMs: fc.constantFrom(1, 3, 20, 1_500) }) },
          { weight: 1, arbitrary: fc.record({ replace: fc.nat({ max: 2 }), isKilled: fc.boolean() }) },
        ),
        { maxLength: 40, size: 'max' },
      ),
      async (count, steps) => {
        const sharers = new Sharers({ count, periodMs: 1_000, maxClients: 10, sharers: 3 })
        for (const step of steps) {
          if ('take' in step) for (let time = 0; time < step.times; time++) sharers.take(step.take)
          else if ('waitMs' in step) await sharers.pass(step.waitMs)
          else {
            const [old] = sharers.limiters.splice(step.replace, 1, sharers.add())
            sharers.limiters.pop()
            const unused = old?.close() ?? []
            if (!step.isKilled) sharers.giveBack(unused)
          }
          const judged = sharers.decisions.filter((one) => one.allowed && one.remaining !== undefined).length
          const earned = count * (1 + (sharers.clock.now() - 1_000) / 1_000)
          assert.ok(judged <= earned + 1e-6, `${judged} of ${earned}`)
        }
      },
    ),
    { numRuns: 100 },
  )
})

test('RL10 a worker that ends gives back what it did not use, so that its successor lets no more and no less through', async () => {
  const sharers = new Sharers({ count: 2_000, periodMs: 3_600_000, maxClients: 10, sharers: 2 })
  for (const sharer of [0, 1]) sharers.take(sharer)
  await sharers.pass(10)
  for (const limiter of sharers.limiters.splice(0)) sharers.giveBack(limiter.close())
  sharers.add()
  for (let request = 0; request < 3_000; request++) {
    sharers.take(0)
    await sharers.pass(request % 25 === 0 ? 5 : 0)
  }
  assert.equal(sharers.allowed, 2_000)
})

test('RL10 what a worker did not use for a while goes back to the others', async () => {
  const sharers = new Sharers({ count: 2_000, periodMs: 86_400_000, maxClients: 10, sharers: 2 })
  sharers.take(0)
  await sharers.pass(5)
  assert.equal(sharers.limiters[0]?.clients, 1)
  await sharers.pass(2_100)
  assert.equal(sharers.limiters[0]?.clients, 0)
  assert.equal(sharers.buckets.take('a').allowed && sharers.buckets.take('a').allowed, true)
  for (let request = 0; request < 3_000; request++) {
    sharers.take(1)
    await sharers.pass(request % 25 === 0 ? 5 : 0)
  }
  assert.equal(sharers.allowed, 1 + 1_997, 'all but what was taken beside')
  await sharers.pass(5_000)
  assert.equal(sharers.clock.pendingTasks, 0, 'with nothing to look after there is no timer')
})

test('RL09 a client that goes on while it is refused costs the owner of the buckets one message', async () => {
  const sharers = new Sharers({ count: 1, periodMs: 60_000, maxClients: 10, sharers: 1 })
  for (let request = 0; request < 2; request++) sharers.take(0)
  await sharers.pass(10)
  const before = sharers.messages
  for (let request = 0; request < 10_000; request++) sharers.take(0)
  await sharers.pass(10)
  assert.equal(sharers.messages, before)
  assert.equal(sharers.allowed, 1)
})

test('RL10 requests of one moment are asked for in one message', async () => {
  const sharers = new Sharers(SIXTY_A_MINUTE)
  for (let request = 0; request < 200; request++) sharers.take(0, `client ${request % 50}`)
  await sharers.pass(10)
  assert.equal(sharers.messages, 1)
  assert.equal(sharers.allowed, 200)
})

test('RL05 a flood of clients leaves nothing behind, and takes no more than the cap meanwhile', async () => {
  for (const count of [60, 10_000]) {
    const sharers = new Sharers({ count, periodMs: 60_000, maxClients: 1_000, sharers: 1 })
    const [limiter] = sharers.limiters
    for (let client = 0; client < 20_000; client++) {
      sharers.take(0, `client ${client}`)
      assert.ok((limiter?.clients ?? 0) <= 1_001)
      if (client % 500 === 0) await sharers.pass(3)
    }
    await sharers.pass(30_000)
    assert.equal(sharers.decisions.length, 20_000)
    assert.equal(limiter?.clients, 0)
  }
})

test('RL12 when nobody answers requests are let through unjudged, and only the first of them wait', async () => {
  const sharers = new Sharers(SIXTY_A_MINUTE)
  sharers.isConnected = false
  for (let request = 0; request < 10; request++) sharers.take(0)
  await sharers.pass(990)
  assert.equal(sharers.decisions.length, 0)
  await sharers.pass(60)
  assert.deepEqual(
    sharers.decisions,
    Array.from({ length: 10 }, () => ({ allowed: true })),
  )
  sharers.take(0)
  assert.equal(sharers.decisions.length, 11, 'at once')
  sharers.isConnected = true
  await sharers.pass(1_000)
  for (let request = 0; request < 100; request++) sharers.take(0)
  await sharers.pass(10)
  assert.equal(sharers.allowed, 11 + 60, 'it judges again')
})

test('RL02 who obeys Retry-After is let through by any of the workers', async () => {
  for (const count of [7, 60, 100]) {
    const sharers = new Sharers({ count, periodMs: 60_000, maxClients: 10, sharers: 2 })
    for (let request = 0; request < count + 1; request++) sharers.take(request % 2)
    await sharers.pass(10)
    for (let turn = 0; turn < 20; turn++) {
      sharers.take(turn % 2)
      await sharers.pass(5)
      const last = sharers.decisions.at(-1)
      if (last?.allowed !== false) continue
      await sharers.pass(last.retryAfterS * 1_000 - 5)
      sharers.take((turn + 1) % 2)
      await sharers.pass(5)
      assert.equal(sharers.decisions.at(-1)?.allowed, true)
    }
  }
})

/** One process of its own; messages and whatever comes at the end of a turn of the loop happen when the test says so. */
class LoneSharer {
  readonly clock = new FakeClock()
  readonly asked: (readonly TokenRequest[])[] = []
  readonly limiter: LeasedLimiter
  #atTurnEnd: (() => void)[] = []

  constructor(options: LeasedLimiterOptions) {
    const source = {
      ask: (_id: number, requests: readonly TokenRequest[]) => void this.asked.push(requests),
      soon: (task: () => void) => void this.#atTurnEnd.push(task),
    }
    this.limiter = new LeasedLimiter(options, source, this.clock, new DeadlineSweep(this.clock))
  }

  endTurn(): void {
    for (const task of this.#atTurnEnd.splice(0)) task()
  }
}

test('RL12 a worker that was blocked itself still takes the answer that came meanwhile', async () => {
  const sharer = new LoneSharer(SIXTY_A_MINUTE)
  const decision = sharer.limiter.take('a')
  sharer.endTurn()
  // Timers come before messages in a turn of the loop.
  sharer.clock.advance(1_100)
  sharer.limiter.onGranted(0, [{ tokens: 1, remaining: 59, waitMs: 0 }])
  sharer.endTurn()
  assert.deepEqual(await decision, { allowed: true, remaining: 59 })
  assert.ok(sharer.limiter.take('a') instanceof Promise, 'the next one is judged too')
})

test('RL12 what is closed while it waits for a late answer is let through once, and nobody is thought silent', async () => {
  const sharer = new LoneSharer(SIXTY_A_MINUTE)
  const decision = sharer.limiter.take('a')
  sharer.endTurn()
  sharer.clock.advance(1_100)
  sharer.limiter.close()
  sharer.endTurn()
  assert.deepEqual(await decision, { allowed: true })
  assert.ok(sharer.limiter.take('a') instanceof Promise)
})

test('RL05 clients that find no room at the owner of the buckets share one bucket to its last token', async () => {
  const sharers = new Sharers({ count: 2_000, periodMs: 86_400_000, maxClients: 3, sharers: 1 })
  for (const key of ['a', 'b', 'c']) sharers.buckets.take(key)
  for (let client = 0; client < 2_100; client++) {
    sharers.take(0, `client ${client}`)
    if (client % 50 === 0) await sharers.pass(5)
  }
  await sharers.pass(20)
  assert.equal(sharers.decisions.length, 2_100)
  assert.equal(sharers.allowed, 2_000)
})

test('RL10 tokens go back with the price at which they were granted', async () => {
  const sharers = new Sharers({ count: 1_000, periodMs: 60_000, maxClients: 10, sharers: 1 })
  sharers.take(0)
  await sharers.pass(5)
  const unused = sharers.limiters[0]?.close() ?? []
  assert.deepEqual(unused, [{ clientKey: 'a', wanted: 0, needed: 0, unused: 49, tokenMs: 60 }])
})

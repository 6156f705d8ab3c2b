import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { FlightAbandonedError, FlightTimeoutError, SingleFlight } from '../../src/resilience/single-flight.ts'
import type { FlightSeat, Landing } from '../../src/resilience/single-flight.ts'
import { FakeClock } from '../support/fake-clock.ts'

interface Call {
  readonly signal: AbortSignal
  readonly resolve: (value: string) => void
  readonly reject: (error: unknown) => void
}

function setUp(maxWaiters = 1_000, timeoutMs = 1_000) {
  const clock = new FakeClock()
  const landings: [string, Landing<string>][] = []
  const deadlines = new DeadlineSweep(clock)
  const flights = new SingleFlight<string>({ maxWaiters, timeoutMs }, deadlines, (key, landing) => {
    landings.push([key, landing])
  })
  const calls: Call[] = []
  const start = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      calls.push({ signal, resolve, reject })
    })
  return { clock, deadlines, flights, landings, calls, start }
}

function seated<V>(seat: FlightSeat<V>) {
  assert.ok(seat.role !== 'refused', 'expected a seat')
  return seat
}

test('CA05 a thousand callers at the same time start one call and share its value', async () => {
  const { flights, calls, start } = setUp()
  const seats = Array.from({ length: 1_000 }, () => seated(flights.run('k', start)))
  calls[0]?.resolve('v')
  const values = await Promise.all(seats.map((seat) => seat.result))
  assert.equal(calls.length, 1)
  assert.deepEqual(new Set(values), new Set(['v']))
  assert.equal(seats.filter((seat) => seat.role === 'leader').length, 1)
})

test('CA06 followers get the value when the leader leaves', async () => {
  const { flights, calls, start } = setUp()
  const leader = seated(flights.run('k', start))
  const follower = seated(flights.run('k', start))
  leader.leave()
  assert.equal(calls[0]?.signal.aborted, false)
  calls[0]?.resolve('v')
  assert.equal(await follower.result, 'v')
})

test('CA06 when all have left the call is aborted, nothing lands, and the next caller starts a new one', async () => {
  const { clock, flights, landings, calls, start } = setUp()
  const leader = seated(flights.run('k', start))
  const follower = seated(flights.run('k', start))
  leader.leave()
  follower.leave()
  assert.ok(calls[0]?.signal.reason instanceof FlightAbandonedError)
  const next = seated(flights.run('k', start))
  assert.equal(next.role, 'leader')
  calls[0]?.resolve('late')
  calls[1]?.resolve('new')
  assert.equal(await next.result, 'new')
  assert.deepEqual(landings, [['k', { kind: 'value', value: 'new' }]])
  clock.advance(50)
  assert.equal(clock.pendingTasks, 0)
})

test('CA07 a caller that leaves twice gives up only its own seat', async () => {
  const { flights, calls, start } = setUp()
  const leader = seated(flights.run('k', start))
  const follower = seated(flights.run('k', start))
  follower.leave()
  follower.leave()
  assert.equal(calls[0]?.signal.aborted, false)
  calls[0]?.resolve('v')
  assert.equal(await leader.result, 'v')
})

test('CA08 a failure is the same error for all hundred callers, from one call', async () => {
  const { flights, calls, start } = setUp()
  const seats = Array.from({ length: 100 }, () => seated(flights.run('k', start)))
  const error = new Error('upstream failed')
  calls[0]?.reject(error)
  const outcomes = await Promise.allSettled(seats.map((seat) => seat.result))
  for (const outcome of outcomes) assert.equal(outcome.status === 'rejected' && outcome.reason, error)
  assert.equal(calls.length, 1)
  assert.equal(flights.size, 0)
})

test('CA08 work that throws before it returns a promise fails like any other', async () => {
  const { flights } = setUp()
  const seat = seated(flights.run('k', () => assert.fail('thrown at once')))
  await assert.rejects(seat.result, /thrown at once/)
  assert.equal(flights.size, 0)
})

test('CA09 callers beyond the bound are refused, and a seat given up can be taken again', () => {
  const { flights, start } = setUp(2)
  flights.run('k', start)
  const waiter = seated(flights.run('k', start))
  flights.run('k', start)
  assert.equal(flights.run('k', start).role, 'refused')
  assert.equal(flights.run('other', start).role, 'leader')
  waiter.leave()
  assert.equal(flights.run('k', start).role, 'follower')
})

test('CA09 a flight that takes too long fails for its callers, is aborted, and frees the key', async () => {
  const { clock, flights, landings, calls, start } = setUp()
  const seat = seated(flights.run('k', start))
  clock.advance(999)
  assert.equal(flights.size, 1)
  clock.advance(51)
  await assert.rejects(seat.result, FlightTimeoutError)
  assert.equal(calls[0]?.signal.aborted, true)
  assert.equal(flights.run('k', start).role, 'leader')
  calls[0]?.resolve('late')
  await seat.result.catch(() => undefined)
  assert.equal(landings.length, 0)
})

test('CA10 a detached flight goes on for its callers, lands nowhere, and leaves its successor alone', async () => {
  const { flights, landings, calls, start } = setUp()
  const old = seated(flights.run('k', start))
  flights.detach('k')
  const successor = seated(flights.run('k', start))
  calls[0]?.resolve('old')
  assert.equal(await old.result, 'old')
  assert.equal(flights.size, 1)
  calls[1]?.resolve('new')
  assert.equal(await successor.result, 'new')
  assert.deepEqual(landings, [['k', { kind: 'value', value: 'new' }]])
})

test('CA11 no key, deadline or task is left after a hundred thousand flights', async () => {
  const { clock, deadlines, flights } = setUp()
  for (let key = 0; key < 100_000; key++) await seated(flights.run(String(key), () => Promise.resolve('v'))).result
  assert.equal(flights.size, 0)
  assert.equal(deadlines.size, 0)
  clock.advance(50)
  assert.equal(clock.pendingTasks, 0)
})

test('an error of the landing callback reaches the callers, who do not wait for ever', async () => {
  const deadlines = new DeadlineSweep(new FakeClock())
  const flights = new SingleFlight<string>({ maxWaiters: 1, timeoutMs: 1_000 }, deadlines, () => {
    throw new Error('cannot store')
  })
  await assert.rejects(seated(flights.run('k', () => Promise.resolve('v'))).result, /cannot store/)
})

test('single flight names every option out of range', () => {
  assert.throws(() => setUp(-1, 0), { name: 'RangeError', message: /maxWaiters.*timeoutMs/ })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { RequestQueue } from '../../src/resilience/request-queue.ts'
import type { QueueTicket } from '../../src/resilience/request-queue.ts'
import { FakeClock } from '../support/fake-clock.ts'

function setUp(concurrency: number, capacity: number, waitTimeoutMs = 5_000, newestFirstAfterMs = waitTimeoutMs) {
  const clock = new FakeClock()
  const queue = new RequestQueue(
    { concurrency, capacity, waitTimeoutMs, newestFirstAfterMs: Math.max(1, newestFirstAfterMs) },
    new DeadlineSweep(clock),
  )
  const events: string[] = []
  const enter = (name: string): QueueTicket =>
    queue.admit(
      () => events.push(`${name} runs`),
      (reason) => events.push(`${name} ${reason}`),
    )
  return { clock, queue, events, enter }
}

test('QU01 as many run and wait as fit, and the next is refused at once', () => {
  const { queue, events, enter } = setUp(2, 1)
  for (const name of ['a', 'b', 'c', 'd']) enter(name)
  assert.deepEqual(events, ['a runs', 'b runs', 'd queue_full'])
  assert.deepEqual(queue.stats(), { running: 2, waiting: 1, admitted: 2, refused: { queue_full: 1, queue_timeout: 0 } })
})

test('QU02 waiters start in order of arrival, each leaving by its own ticket', () => {
  const { events, enter } = setUp(1, 10)
  const first = enter('a')
  enter('b')
  const third = enter('c')
  enter('d')
  third.cancel()
  first.release()
  first.release()
  assert.deepEqual(events, ['a runs', 'b runs'])
})

test('QU02 a long line drains in order without a deep stack when work ends at once', () => {
  const { queue, events, enter } = setUp(1, 50_000)
  const first = enter('first')
  for (let waiter = 0; waiter < 50_000; waiter++) {
    queue.admit(
      (ticket) => ticket.release(),
      () => assert.fail('refused'),
    )
  }
  enter('last')
  assert.deepEqual(events, ['first runs', 'last queue_full'])
  first.release()
  assert.equal(queue.stats().waiting, 0)
  assert.equal(queue.stats().running, 0)
})

test('QU03 a waiter is refused when its time is up, and never runs', () => {
  const { clock, events, enter } = setUp(1, 5)
  const running = enter('a')
  enter('b')
  clock.advance(4_999)
  assert.deepEqual(events, ['a runs'])
  clock.advance(51)
  assert.deepEqual(events, ['a runs', 'b queue_timeout'])
  running.release()
  assert.deepEqual(events, ['a runs', 'b queue_timeout'])
  assert.equal(clock.pendingTasks, 0)
})

test('QU03 a waiter whose time is up is not started by a slot that frees before the sweep notices', () => {
  const { clock, events, enter } = setUp(1, 5, 20)
  const running = enter('a')
  enter('b')
  clock.advance(10)
  enter('c')
  clock.advance(10)
  running.release()
  assert.deepEqual(events, ['a runs', 'b queue_timeout', 'c runs'])
})

test('QU03 one task of the clock serves all waiters, and there is none without waiters', () => {
  const { clock, enter } = setUp(1, 100)
  const running = enter('a')
  assert.equal(clock.pendingTasks, 0)
  const waiters = Array.from({ length: 100 }, () => enter('waiter'))
  assert.equal(clock.pendingTasks, 1)
  for (const waiter of waiters) waiter.cancel()
  running.release()
  clock.advance(50)
  assert.equal(clock.pendingTasks, 0)
})

test('QU04 a cancelled waiter hears nothing more and makes room at once', () => {
  const { clock, queue, events, enter } = setUp(1, 1)
  const running = enter('a')
  enter('b').cancel()
  enter('c')
  running.release()
  clock.advance(10_000)
  assert.deepEqual(events, ['a runs', 'c runs'])
  assert.deepEqual(queue.stats().refused, { queue_full: 0, queue_timeout: 0 })
})

test('QU04 cancelling a request that runs keeps its slot until the work is released', () => {
  const { queue, enter } = setUp(1, 0)
  const running = enter('a')
  running.cancel()
  assert.equal(queue.stats().running, 1)
  running.release()
  assert.equal(queue.stats().running, 0)
})

test('QU07 a queue made smaller drops nobody and refuses newcomers, made larger it starts waiters', () => {
  const { queue, events, enter } = setUp(2, 3)
  const tickets = ['a', 'b', 'c', 'd', 'e'].map(enter)
  queue.resize(1, 1)
  enter('f')
  tickets[0]?.release()
  assert.deepEqual(events, ['a runs', 'b runs', 'f queue_full'])
  assert.deepEqual(queue.stats(), { running: 1, waiting: 3, admitted: 2, refused: { queue_full: 1, queue_timeout: 0 } })
  queue.resize(3, 1)
  assert.deepEqual(events.slice(3), ['c runs', 'd runs'])
})

test('QU07 a request that arrives while waiters are being started does not overtake them', () => {
  const { queue, events, enter } = setUp(1, 5)
  enter('a')
  queue.admit(
    () => {
      events.push('b runs')
      enter('late')
    },
    () => assert.fail('refused'),
  )
  enter('c')
  queue.resize(3, 5)
  assert.deepEqual(events, ['a runs', 'b runs', 'c runs'])
})

test('QU08 work that throws when it is started gives its slot back, and those behind it still run', () => {
  const { queue, events, enter } = setUp(1, 5)
  const running = enter('a')
  queue.admit(
    () => assert.fail('thrown by b'),
    () => undefined,
  )
  enter('c')
  assert.throws(() => running.release(), /thrown by b/)
  assert.deepEqual(events, ['a runs', 'c runs'])
  assert.equal(queue.stats().running, 1)
})

test('QU08 whatever happens to tickets, each request has exactly one end and the counts are right', () => {
  const step = fc.record({
    action: fc.constantFrom('enter', 'enter', 'release', 'cancel', 'wait', 'resize'),
    pick: fc.nat({ max: 30 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const { clock, queue } = setUp(2, 3, 100, 20)
      const requests: { ticket: QueueTicket | undefined; state: string }[] = []
      const stateOf = (state: string): number => requests.filter((request) => request.state === state).length
      for (const { action, pick } of steps) {
        const chosen = requests[pick % Math.max(1, requests.length)]
        if (action === 'wait') clock.advance(pick)
        else if (action === 'resize') queue.resize(1 + (pick % 4), pick % 5)
        else if (action === 'enter') {
          const request: (typeof requests)[number] = { ticket: undefined, state: 'waiting' }
          requests.push(request)
          const move = (state: string) => (): void => {
            assert.equal(request.state, 'waiting')
            request.state = state
          }
          request.ticket = queue.admit(move('running'), (reason) => move(reason)())
        } else if (chosen !== undefined) {
          const from = action === 'release' ? 'running' : 'waiting'
          const isThere = chosen.state === from
          if (isThere) chosen.state = action
          chosen.ticket?.[action === 'release' ? 'release' : 'cancel']()
        }
        const { running, waiting, refused } = queue.stats()
        assert.equal(running, stateOf('running'))
        assert.equal(waiting, stateOf('waiting'))
        assert.equal(refused.queue_full, stateOf('queue_full'))
        assert.equal(refused.queue_timeout, stateOf('queue_timeout'))
      }
    }),
    { numRuns: 2_000 },
  )
})

test('QU02 once somebody has waited long the newest goes first, and those left behind get what is free', () => {
  const { clock, events, enter } = setUp(1, 10, 5_000, 500)
  const first = enter('a')
  const second = enter('b')
  clock.advance(499)
  const third = enter('c')
  first.release()
  assert.deepEqual(events, ['a runs', 'b runs'])
  clock.advance(500)
  enter('d')
  second.release()
  assert.deepEqual(events.slice(2), ['d runs'])
  third.cancel()
})

test('QU01 in an overload a newcomer takes the place of the one who has waited longest', () => {
  const { clock, queue, events, enter } = setUp(1, 2, 5_000, 500)
  for (const name of ['a', 'b', 'c']) enter(name)
  clock.advance(500)
  enter('d')
  assert.deepEqual(events, ['a runs', 'b queue_full'])
  assert.equal(queue.stats().waiting, 2)
})

test('QU07 nobody goes for a newcomer while more wait than a queue that was made smaller has room for', () => {
  const { clock, queue, events, enter } = setUp(1, 2, 5_000, 500)
  for (const name of ['a', 'b', 'c']) enter(name)
  queue.resize(1, 1)
  clock.advance(500)
  enter('d')
  assert.deepEqual(events, ['a runs', 'd queue_full'])
})

test('a queue names every option out of range, and a refused resize changes nothing', () => {
  assert.throws(() => setUp(0, -1, 0), { name: 'RangeError', message: /concurrency.*capacity.*waitTimeoutMs/ })
  const { queue, events, enter } = setUp(1, 0)
  assert.throws(() => queue.resize(2, 1.5), { name: 'RangeError', message: /capacity/ })
  enter('a')
  enter('b')
  assert.deepEqual(events, ['a runs', 'b queue_full'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'

import * as fc from 'fast-check'

import { ConnectionPool } from '../../src/resilience/connection-pool.ts'
import type { ConnectionPoolOptions } from '../../src/resilience/connection-pool-options.ts'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { PoolClosedError, PoolExhaustedError } from '../../src/resilience/pooled-connection.ts'
import type { Lease, PoolableConnection } from '../../src/resilience/pooled-connection.ts'
import { WAIT_BOUNDS_MS } from '../../src/resilience/wait-counts.ts'
import { FakeClock } from '../support/fake-clock.ts'

const OPTIONS: ConnectionPoolOptions = {
  size: 2,
  maxOverflow: 1,
  overflowIdleMs: 1_000,
  maxWaiting: 10,
  waitTimeoutMs: 30_000,
  recycleMs: 3_600_000,
  pingAfterIdleMs: 5_000,
  openAttempts: 3,
  openBackoff: { baseMs: 100, capMs: 1_000 },
}

class FakeConnection implements PoolableConnection {
  readonly number: number
  readonly #gone: () => void
  isUsable = true
  isInTransaction = false
  answersPings = true
  readonly calls: string[] = []

  constructor(number: number, gone: () => void) {
    this.number = number
    this.#gone = gone
  }

  readonly ping = (): Promise<void> => {
    this.calls.push('ping')
    return this.answersPings ? Promise.resolve() : Promise.reject(new Error('silence'))
  }

  readonly rollBack = (): Promise<void> => {
    this.calls.push('rollBack')
    this.isInTransaction = false
    return Promise.resolve()
  }

  readonly close = async (): Promise<void> => {
    this.calls.push('close')
    await nextTurn()
    this.#gone()
  }
}

/** A pool over a peer that counts its connections, and refuses as many as `refusals` says. */
function setUp(options: Partial<ConnectionPoolOptions> = {}, random: () => number = () => 0.5) {
  const clock = new FakeClock()
  const sweep = new DeadlineSweep(clock)
  const peer = { open: 0, mostOpen: 0, opened: 0, refusals: 0, attempts: 0, onLost: () => undefined as void }
  const pool = new ConnectionPool<FakeConnection>(
    { ...OPTIONS, ...options },
    async (onLost) => {
      peer.attempts++
      await nextTurn()
      if (peer.refusals > 0) {
        peer.refusals--
        throw new Error('refused')
      }
      peer.open++
      peer.mostOpen = Math.max(peer.mostOpen, peer.open)
      peer.onLost = onLost
      return new FakeConnection(++peer.opened, () => void peer.open--)
    },
    clock,
    random,
    sweep,
  )
  return { clock, peer, pool, sweep }
}

async function turns(count = 8): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn()
}

test('DB01 as many are out as size and overflow, the next waits its turn, and who waits too long is told', async () => {
  const { clock, peer, pool } = setUp()
  const held = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  assert.equal(peer.open, 3)
  const [first, second] = [pool.acquire(), pool.acquire()]
  assert.deepEqual([pool.stats().running, pool.stats().pending], [3, 2])
  clock.advance(20_000)
  held[0].release()
  const lease = await first
  assert.equal(lease.connection, held[0].connection)
  clock.advance(10_100)
  await assert.rejects(second, (error) => {
    assert.ok(error instanceof PoolExhaustedError)
    assert.equal(error.message, '2 connections and 1 beyond are in use, and none became free within 30 s')
    return true
  })
  assert.equal(peer.mostOpen, 3)
})

test('DB01 beyond those that may wait the next is refused at once', async () => {
  const { pool } = setUp({ size: 1, maxOverflow: 0, maxWaiting: 1 })
  await pool.acquire()
  pool.acquire().catch(() => undefined)
  await assert.rejects(pool.acquire(), PoolExhaustedError)
  assert.equal(pool.stats().exhausted, 1)
})

test('DB01 overflow is closed when there was no use for it for a while, and the rest is kept', async () => {
  const { clock, peer, pool } = setUp()
  const held = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  for (const { release } of held) release()
  await turns()
  assert.equal(pool.stats().idle, 3)
  clock.advance(900)
  await turns()
  assert.equal(peer.open, 3)
  clock.advance(200)
  await turns()
  const { connected, idle, running } = pool.stats()
  assert.deepEqual({ connected, idle, running, open: peer.open }, { connected: 2, idle: 2, running: 0, open: 2 })
})

test('DB01 overflow that is in use again and again is kept', async () => {
  const { clock, peer, pool } = setUp()
  for (let round = 0; round < 10; round++) {
    const held = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
    clock.advance(400)
    for (const { release } of held) release()
    await turns()
    clock.advance(400)
    await turns()
  }
  assert.deepEqual([peer.opened, peer.open], [3, 3])
})

test('DB01 however often overflow is given back, one deadline looks after all of it', async () => {
  const { clock, peer, pool, sweep } = setUp({ maxOverflow: 2 })
  const held = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire(), pool.acquire()])
  for (const { release } of held) release()
  for (let round = 0; round < 100; round++) (await pool.acquire()).release()
  await turns()
  assert.equal(sweep.size, 1)
  clock.advance(600)
  const [first, second] = [await pool.acquire(), await pool.acquire()]
  for (const { release } of [first, second]) release()
  await turns()
  clock.advance(450)
  await turns()
  assert.deepEqual([peer.open, sweep.size], [2, 0], 'the two that nobody needed are closed, and the rest is no surplus')
})

test('DB01 overflow that was used after another is closed when its own time is over', async () => {
  const { clock, peer, pool, sweep } = setUp({ size: 1, maxOverflow: 2 })
  const held = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  held[0].release()
  clock.advance(500)
  for (const { release } of held.slice(1)) release()
  await turns()
  clock.advance(550)
  await turns()
  assert.deepEqual([peer.open, sweep.size], [2, 1])
  clock.advance(500)
  await turns()
  assert.deepEqual([peer.open, sweep.size], [1, 0])
})

test('a connection that somebody waits for is handed on, also when it is overflow', async () => {
  const { peer, pool } = setUp({ size: 1, maxOverflow: 1 })
  const held = await Promise.all([pool.acquire(), pool.acquire()])
  const next = pool.acquire()
  held[1].release()
  assert.equal((await next).connection, held[1].connection)
  assert.equal(peer.opened, 2)
})

test('DB02 a connection that is too old is replaced, each at another time', async () => {
  for (const [random, ageMs] of [
    [0, 3_600_000],
    [0.999, 3_240_360],
  ] as const) {
    const { clock, peer, pool } = setUp({ pingAfterIdleMs: Number.MAX_VALUE }, () => random)
    for (const [waitMs, number] of [
      [0, 1],
      [ageMs - 1, 1],
      [1, 2],
    ] as const) {
      clock.advance(waitMs)
      const { connection, release } = await pool.acquire()
      assert.equal(connection.number, number, `drawn ${random}, after ${waitMs} ms more`)
      release()
      await turns()
    }
    assert.equal(peer.open, 1)
  }
})

test('DB02 a connection that was idle for long is pinged, and replaced when it does not answer', async () => {
  const { clock, pool } = setUp()
  const first = await pool.acquire()
  first.release()
  await turns()
  clock.advance(4_999)
  const second = await pool.acquire()
  assert.deepEqual(second.connection.calls, [], 'not yet')
  second.release()
  await turns()
  clock.advance(5_000)
  const third = await pool.acquire()
  assert.deepEqual(third.connection.calls, ['ping'])
  third.connection.answersPings = false
  third.release()
  await turns()
  clock.advance(5_000)
  const fourth = await pool.acquire()
  assert.deepEqual([fourth.connection.number, third.connection.calls.at(-1)], [2, 'close'])
})

test('DB02 an idle connection that is lost leaves the pool without being asked for', async () => {
  const { peer, pool } = setUp()
  const { connection, release } = await pool.acquire()
  release()
  await turns()
  connection.isUsable = false
  peer.onLost()
  await turns()
  assert.deepEqual([pool.stats().idle, pool.stats().connected], [0, 0])
  assert.equal((await pool.acquire()).connection.number, 2)
})

test('DB02 opening is tried again after a random wait, until the tries are used up', async () => {
  const { clock, peer, pool } = setUp()
  peer.refusals = 2
  const lease = pool.acquire()
  await turns()
  assert.equal(peer.attempts, 1)
  clock.advance(49)
  await turns()
  assert.equal(peer.attempts, 1, 'half of 100 ms')
  clock.advance(1)
  await turns()
  clock.advance(100)
  assert.equal((await lease).connection.number, 1)
  peer.refusals = 3
  const failing = assert.rejects(pool.acquire(), { message: 'refused' })
  for (let turn = 0; turn < 3; turn++) {
    await turns()
    clock.advance(1_000)
  }
  await failing
  assert.equal(pool.stats().running, 1, 'the place is free again')
})

test('DB02 when nothing can be opened, those who wait are told at once', async () => {
  const { peer, pool } = setUp({ size: 1, maxOverflow: 0, openAttempts: 1 })
  peer.refusals = 1
  const asked = [pool.acquire(), pool.acquire(), pool.acquire()]
  const outcomes = await Promise.allSettled(asked)
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  )
  assert.equal(peer.attempts, 1)
  await pool.acquire()
})

test('with a connection open, a failure to open another concerns one caller alone', async () => {
  const { peer, pool } = setUp({ size: 2, maxOverflow: 0, openAttempts: 1 })
  const held = await pool.acquire()
  peer.refusals = 1
  const failing = assert.rejects(pool.acquire(), { message: 'refused' })
  const waiting = pool.acquire()
  await failing
  assert.equal((await waiting).connection.number, 2)
  held.release()
})

test('DB03 giving back twice gives back once', async () => {
  const { pool } = setUp({ size: 1, maxOverflow: 0 })
  const lease = await pool.acquire()
  lease.release()
  lease.release()
  await turns()
  const next = await pool.acquire()
  lease.release()
  await turns()
  assert.deepEqual([pool.stats().running, pool.stats().idle], [1, 0])
  next.release()
})

test('DB03 a transaction left open is rolled back before anybody else gets the connection', async () => {
  const { pool } = setUp({ size: 1, maxOverflow: 0 })
  const { connection, release } = await pool.acquire()
  connection.isInTransaction = true
  release()
  const next = await pool.acquire()
  assert.deepEqual([next.connection, connection.calls], [connection, ['rollBack']])
})

test('DB03 a connection that broke in use is not handed out again', async () => {
  const { pool } = setUp()
  const { connection, release } = await pool.acquire()
  connection.isUsable = false
  connection.isInTransaction = true
  release()
  await turns()
  assert.deepEqual(connection.calls, ['close'])
  assert.equal((await pool.acquire()).connection.number, 2)
})

test('DB03 who gives up waiting leaves the line, and who gives up while a connection is opened leaves it to others', async () => {
  const { peer, pool } = setUp({ size: 1, maxOverflow: 0 })
  const [waiting, opening] = [new AbortController(), new AbortController()]
  const first = pool.acquire(opening.signal)
  const second = pool.acquire(waiting.signal)
  waiting.abort(new Error('left the line'))
  await assert.rejects(second, { message: 'left the line' })
  assert.equal(pool.stats().pending, 0)
  opening.abort(new Error('left the door'))
  await assert.rejects(first, { message: 'left the door' })
  await turns()
  assert.deepEqual([pool.stats().idle, peer.opened], [1, 1])
  await assert.rejects(pool.acquire(AbortSignal.abort(new Error('too late'))), { message: 'too late' })
})

test('DB04 a connection counts until it is closed for good', async () => {
  const { peer, pool } = setUp({ size: 1, maxOverflow: 0 })
  const lease = await pool.acquire()
  lease.connection.isUsable = false
  lease.release()
  const next = pool.acquire()
  assert.deepEqual([pool.stats().connected, pool.stats().pending], [1, 1])
  await next
  assert.equal(peer.mostOpen, 1)
})

test('DB05 waits are counted with their lengths, and nothing is counted for those who need not wait', async () => {
  const { clock, pool } = setUp({ size: 1, maxOverflow: 0 })
  const held = await pool.acquire()
  assert.equal(pool.stats().waits, 0)
  const waiting = pool.acquire()
  clock.advance(70)
  held.release()
  const next = await waiting
  const late = assert.rejects(pool.acquire(), PoolExhaustedError)
  clock.advance(31_000)
  await late
  next.release()
  const { acquired, waits, waitMs, waitCounts, exhausted, holdMs } = pool.stats()
  assert.deepEqual([acquired, waits, exhausted], [2, 2, 1])
  assert.ok(waitMs >= 30_070 && waitMs <= 31_070, `${waitMs} ms`)
  assert.equal(holdMs, 70 + 31_000)
  assert.equal(waitCounts[WAIT_BOUNDS_MS.indexOf(100)], 1)
  assert.equal(waitCounts.at(-1), 1)
})

test('a closed pool turns away who waits and who comes, and is closed when all was given back', async () => {
  const { peer, pool } = setUp({ size: 1, maxOverflow: 0 })
  const held = await pool.acquire()
  const waiting = assert.rejects(pool.acquire(), PoolClosedError)
  let isClosed = false
  const closed = pool.close().then(() => (isClosed = true))
  await waiting
  await assert.rejects(pool.acquire(), PoolClosedError)
  await turns()
  assert.equal(isClosed, false)
  held.release()
  await closed
  assert.equal(peer.open, 0)
})

test('options out of range are named', () => {
  assert.throws(() => setUp({ size: 0, maxOverflow: -1, openAttempts: 0.5 }), {
    name: 'RangeError',
    message: /ConnectionPool: size must be .*; maxOverflow must be .*; openAttempts must be/,
  })
})

test(
  'whatever happens, there are never more connections than the limit, and none is lost or handed out twice',
  { timeout: 30_000 },
  async () => {
    const often = ['acquire', 'acquire', 'acquire', 'release', 'release', 'turn', 'turn', 'turn'] as const
    const action = fc.constantFrom(...often, 'break', 'transaction', 'refuse', 'abort', 'advance')
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 30, maxLength: 150 }), async (actions) => {
        const { clock, peer, pool } = setUp({
          pingAfterIdleMs: 10,
          recycleMs: 100,
          overflowIdleMs: 20,
          openAttempts: 1,
        })
        const held: Lease<FakeConnection>[] = []
        const aborts: AbortController[] = []
        const settled: Promise<unknown>[] = []
        for (const [step, name] of actions.entries()) {
          if (name === 'acquire') {
            const abort = new AbortController()
            aborts.push(abort)
            const asked = pool.acquire(abort.signal).then(
              (lease) => held.push(lease),
              () => undefined,
            )
            settled.push(asked)
          }
          if (name === 'release') held.splice(step % Math.max(1, held.length), 1)[0]?.release()
          if (name === 'break' && held[0] !== undefined) held[0].connection.isUsable = false
          if (name === 'transaction' && held[0] !== undefined) held[0].connection.isInTransaction = true
          if (name === 'refuse') peer.refusals++
          if (name === 'abort') aborts[step % Math.max(1, aborts.length)]?.abort()
          if (name === 'advance') clock.advance(7 * step)
          if (name === 'turn') await nextTurn()
          assert.equal(new Set(held.map(({ connection }) => connection)).size, held.length)
        }
        peer.refusals = 0
        const closed = pool.close()
        await Promise.all(settled)
        for (const { release } of held) release()
        await closed
        assert.ok(peer.mostOpen <= 3, `${peer.mostOpen} connections`)
        const { connected, running, pending } = pool.stats()
        assert.deepEqual([peer.open, connected, running, pending], [0, 0, 0, 0])
      }),
      { numRuns: 200 },
    )
  },
)

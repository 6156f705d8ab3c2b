import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { poolSize } from '../../src/sizing/pools.ts'
import { erlangB, erlangC, waitQuantileMs } from '../../src/sizing/queueing.ts'

const load = fc.double({ min: 0.01, max: 60, noNaN: true })
const servers = fc.integer({ min: 1, max: 80 })

test('Erlang B gives the published blocking probabilities', () => {
  // Erlang B tables: 1 % blocking at 10 servers is 4.4612 erlangs, at 20 servers 12.031 erlangs.
  assert.ok(Math.abs(erlangB(10, 4.4612) - 0.01) < 1e-5)
  assert.ok(Math.abs(erlangB(20, 12.031) - 0.01) < 1e-5)
  assert.equal(erlangB(0, 3), 1)
})

test('Erlang C of 10 servers and 8 erlangs is 0.4092', () => {
  assert.equal(erlangC(10, 8).toFixed(4), '0.4092')
})

test('with one server the probability of waiting is the utilization', () => {
  // M/M/1.
  assert.ok(Math.abs(erlangC(1, 0.7) - 0.7) < 1e-12)
})

test('an arrival of a queue that cannot keep up waits, without end', () => {
  assert.equal(erlangC(4, 4), 1)
  assert.equal(waitQuantileMs(4, 5, 10, 0.5), Number.POSITIVE_INFINITY)
})

test('with one server the wait quantile is that of M/M/1', () => {
  // P(W > t) = ρ·e^(−(1 − ρ)·t / S): ρ = 0.5, S = 10 ms, p99 → 20·ln(50) = 78.24 ms.
  assert.equal(waitQuantileMs(1, 0.5, 10, 0.99).toFixed(2), '78.24')
})

test('a quantile below the share that does not wait is no wait at all', () => {
  assert.equal(waitQuantileMs(1, 0.5, 10, 0.4), 0)
})

test('more servers never make waiting likelier, more load never makes it rarer', () => {
  fc.assert(
    fc.property(servers, load, load, (count, offered, more) => {
      assert.ok(erlangB(count + 1, offered) <= erlangB(count, offered))
      assert.ok(erlangC(count + 1, offered) <= erlangC(count, offered))
      assert.ok(erlangC(count, offered + more) >= erlangC(count, offered))
      assert.ok(erlangC(count, offered) >= erlangB(count, offered))
    }),
  )
})

// 200 calls/s that hold a connection for 50 ms; 99 of 100 shall wait at most 5 ms.
for (const [workers, connections] of [
  [1, 18],
  [2, 11],
  [4, 7],
  [8, 5],
] as const) {
  test(`200 calls/s of 50 ms over ${workers} workers want pools of ${connections} connections`, () => {
    assert.equal(poolSize(200 / workers, 50, 5), connections)
  })
}

test('a pool is larger than the load offered to it, and smaller only where more waiting is allowed', () => {
  const rate = fc.double({ min: 0.1, max: 2_000, noNaN: true })
  const timeMs = fc.double({ min: 0.1, max: 200, noNaN: true })
  fc.assert(
    fc.property(rate, timeMs, timeMs, timeMs, (callsPerS, holdMs, maxWaitMs, moreWaitMs) => {
      const connections = poolSize(callsPerS, holdMs, maxWaitMs)
      assert.ok(connections > (callsPerS * holdMs) / 1_000)
      assert.ok(poolSize(callsPerS, holdMs, maxWaitMs + moreWaitMs) <= connections)
    }),
  )
})

test('a pool without calls has one connection', () => {
  assert.equal(poolSize(0, 20, 5), 1)
})

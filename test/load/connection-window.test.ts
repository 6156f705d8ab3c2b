import assert from 'node:assert/strict'
import { test } from 'node:test'

import { WHOLE } from '../../src/core/generator-messages.ts'
import { ConnectionWindow } from '../../src/load/connection-window.ts'
import { openWorkload } from '../support/plans.ts'

const WORKLOAD = openWorkload(100, { maxConnections: 1_000 })

test('a fast server needs no more connections than it began with', () => {
  const window = new ConnectionWindow(WORKLOAD, WHOLE)
  for (let answer = 0; answer < 1_000; answer++) window.observe(2)
  assert.equal(window.limit, 10)
})

test('the first answers of a slow server open as many connections as its rate and time ask for, three times over', () => {
  const window = new ConnectionWindow(WORKLOAD, WHOLE)
  window.observe(500)
  assert.equal(window.limit, 150) // Little: 100/s × 0.5 s = 50
})

test('one slow answer among fast ones changes little', () => {
  const window = new ConnectionWindow(WORKLOAD, WHOLE)
  for (let answer = 0; answer < 100; answer++) window.observe(2)
  window.observe(1_000)
  assert.ok(window.limit < 25, `${window.limit}`)
})

test('the window never passes the maximum of the workload, and is fixed where both are equal', () => {
  const window = new ConnectionWindow({ ...WORKLOAD, maxConnections: 40 }, WHOLE)
  window.observe(60_000)
  assert.equal(window.limit, 40)
  const fixed = new ConnectionWindow({ ...WORKLOAD, maxConnections: 10 }, WHOLE)
  fixed.observe(60_000)
  assert.equal(fixed.limit, 10)
})

test('a stall of a busy server opens nothing: the few that it held up are few among all', () => {
  const window = new ConnectionWindow(openWorkload(5_000, { initialConnections: 50, maxConnections: 1_000 }), WHOLE)
  for (let answer = 0; answer < 5_000; answer++) window.observe(1)
  // 50 connections are held up for 60 ms, then 300 arrivals are served as ever.
  for (let answer = 0; answer < 50; answer++) window.observe(60)
  for (let answer = 0; answer < 300; answer++) window.observe(1)
  assert.equal(window.limit, 50)
})

test('a server that becomes slow gets the connections that its rate and time ask for', () => {
  const window = new ConnectionWindow(openWorkload(1_000, { initialConnections: 10, maxConnections: 5_000 }), WHOLE)
  for (let answer = 0; answer < 5_000; answer++) window.observe(2)
  // Every connection answers once in 500 ms; Little: 1 000/s × 0.5 s = 500 are needed.
  let rounds = 0
  for (; window.limit < 500; rounds++) for (let answer = window.limit; answer > 0; answer--) window.observe(500)
  assert.ok(rounds <= 3, `${rounds}`)
})

test('a rate that changes has the connections of its peak from the first answers on', () => {
  const stretches = [
    { durationMs: 1_000, fromPerS: 10, toPerS: 10 },
    { durationMs: 1_000, fromPerS: 10, toPerS: 400 },
    { durationMs: 100, fromPerS: 2_000, toPerS: 2_000 },
  ]
  const window = new ConnectionWindow(openWorkload(1, { stretches, maxConnections: 1_000 }), WHOLE)
  window.observe(50)
  assert.equal(window.limit, 300) // Little: 2 000/s × 0.05 s = 100
})

test('several generators have their part of the connections each, and at least one', () => {
  const parts = [0, 1, 2].map((index) => new ConnectionWindow(WORKLOAD, { index, of: 3 }))
  assert.deepEqual(
    parts.map(({ limit }) => limit),
    [3, 3, 4],
  )
  for (const part of parts) part.observe(500)
  assert.deepEqual(
    parts.map(({ limit }) => limit),
    [50, 50, 50],
  )
  assert.equal(new ConnectionWindow(WORKLOAD, { index: 0, of: 20 }).limit, 1)
})

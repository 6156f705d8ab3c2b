import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ConnectionWindow } from '../../src/load/connection-window.ts'
import { openWorkload } from '../support/plans.ts'

const WORKLOAD = openWorkload(100, { maxConnections: 1_000 })

test('a fast server needs no more connections than it began with', () => {
  const window = new ConnectionWindow(WORKLOAD)
  for (let answer = 0; answer < 1_000; answer++) window.observe(2)
  assert.equal(window.limit, 10)
})

test('the first answers of a slow server open as many connections as its rate and time ask for, three times over', () => {
  const window = new ConnectionWindow(WORKLOAD)
  window.observe(500)
  assert.equal(window.limit, 150) // Little: 100/s × 0.5 s = 50
})

test('one slow answer among fast ones changes little', () => {
  const window = new ConnectionWindow(WORKLOAD)
  for (let answer = 0; answer < 100; answer++) window.observe(2)
  window.observe(1_000)
  assert.ok(window.limit < 25, `${window.limit}`)
})

test('the window never passes the maximum of the workload, and is fixed where both are equal', () => {
  const window = new ConnectionWindow({ ...WORKLOAD, maxConnections: 40 })
  window.observe(60_000)
  assert.equal(window.limit, 40)
  const fixed = new ConnectionWindow({ ...WORKLOAD, maxConnections: 10 })
  fixed.observe(60_000)
  assert.equal(fixed.limit, 10)
})

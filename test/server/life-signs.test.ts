import assert from 'node:assert/strict'
import { test } from 'node:test'

import { AwakeTime, LOOK_INTERVAL_MS, signIntervalMs } from '../../src/server/life-signs.ts'

test('WK06 time in which the process looks as often as it should counts in full', () => {
  const awake = new AwakeTime(1_000)
  for (let looks = 1; looks <= 40; looks++) awake.look(1_000 + looks * LOOK_INTERVAL_MS)
  assert.equal(awake.nowMs, 10_000)
})

test('WK06 of an hour in which the machine slept or the process was starved, half a second counts', () => {
  const awake = new AwakeTime(1_000)
  awake.look(1_250)
  awake.look(3_601_250)
  assert.equal(awake.nowMs, 750)
  awake.look(3_601_500)
  assert.equal(awake.nowMs, 1_000)
})

test('WK06 a worker gives a sign each second, and four within a short timeout', () => {
  assert.equal(signIntervalMs(120_000), 1_000)
  assert.equal(signIntervalMs(1_000), 250)
})

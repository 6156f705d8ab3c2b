import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LOOK_INTERVAL_MS } from '../../src/server/life-signs.ts'
import { APPLY_TIMEOUT_MS } from '../../src/server/primary-link.ts'
import { Rollout, ROLLOUT_TIMEOUT_MS } from '../../src/server/rollout.ts'
import { PLAIN } from './app-under-test.ts'

test('WK10 a rollout is overdue when its time is over and not before', () => {
  const rollout = new Rollout(PLAIN, 1_000, 50_000)
  assert.ok(!rollout.isOverdue(1_000) && !rollout.isOverdue(51_000))
  assert.ok(rollout.isOverdue(51_001))
})

test('WK10 a rollout gives up before whoever asked for it does', () => {
  assert.ok(ROLLOUT_TIMEOUT_MS + LOOK_INTERVAL_MS < APPLY_TIMEOUT_MS)
})

test('WK10 everybody who waits for a rollout learns how it ends', async () => {
  const good = new Rollout(PLAIN, 1_000, 50_000)
  const waiting = [good.wait(), good.wait()]
  good.succeed()
  await Promise.all(waiting)
  const bad = new Rollout(PLAIN, 1_000, 50_000)
  const failing = [bad.wait(), bad.wait()].map((waits) => assert.rejects(waits, /no luck/))
  bad.fail(new Error('no luck'))
  await Promise.all(failing)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { FailedStarts } from '../../src/server/failed-starts.ts'

test('WK07 each failed start doubles the wait before the next one, from 100 ms', () => {
  const starts = new FailedStarts()
  assert.ok(starts.mayStart(0))
  let nowMs = 1_000
  for (const waitMs of [100, 200, 400, 800, 1_600, 3_200]) {
    starts.add(nowMs)
    assert.ok(!starts.mayStart(nowMs + waitMs - 1), `${waitMs}`)
    assert.ok(starts.mayStart(nowMs + waitMs), `${waitMs}`)
    nowMs += 10
  }
  starts.add(nowMs)
  assert.ok(!starts.mayStart(nowMs + 4_999))
  assert.ok(starts.mayStart(nowMs + 5_000), 'never more than 5 s')
})

test('WK07 five failed starts within ten seconds are hopeless, spread over more time they are not', () => {
  const quick = new FailedStarts()
  const slow = new FailedStarts()
  for (let failed = 0; failed < 5; failed++) {
    assert.ok(!quick.isHopeless(failed * 2_000))
    quick.add(failed * 2_000)
    slow.add(failed * 2_600)
  }
  assert.ok(quick.isHopeless(8_000))
  assert.ok(!slow.isHopeless(10_400))
})

test('what failed before other options came counts no more', () => {
  const starts = new FailedStarts()
  for (let failed = 0; failed < 5; failed++) starts.add(0)
  starts.clear()
  assert.ok(starts.mayStart(0) && !starts.isHopeless(0))
})

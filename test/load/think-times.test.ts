import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ThinkTimes } from '../../src/load/think-times.ts'

const THINK = { minMs: 1_000, maxMs: 3_000 }

function drawn(times: ThinkTimes, user: number, count: number): readonly number[] {
  return Array.from({ length: count }, () => times.next(user))
}

test('think times are spread evenly over their range', () => {
  const all = drawn(new ThinkTimes(THINK, 1), 0, 10_000)
  assert.ok(all.every((ms) => ms >= 1_000 && ms <= 3_000))
  // A quarter in each quarter; the standard deviation of such a count is √(10 000 × ¼ × ¾) ≈ 43.
  for (const quarter of [0, 1, 2, 3]) {
    const within = all.filter((ms) => Math.min(Math.floor((ms - 1_000) / 500), 3) === quarter).length
    assert.ok(Math.abs(within - 2_500) < 5 * 43, `${within}`)
  }
})

test('what one user thinks does not depend on the others, and differs from what they think', () => {
  const alone = drawn(new ThinkTimes(THINK, 1), 7, 5)
  const times = new ThinkTimes(THINK, 1)
  const among = alone.map(() => {
    times.next(3)
    return times.next(7)
  })
  assert.deepEqual(among, alone)
  assert.notDeepEqual(drawn(new ThinkTimes(THINK, 1), 8, 5), alone)
  assert.notDeepEqual(drawn(new ThinkTimes(THINK, 2), 7, 5), alone)
})

test('a fixed think time is that', () => {
  assert.deepEqual(drawn(new ThinkTimes({ minMs: 250, maxMs: 250 }, 1), 0, 3), [250, 250, 250])
})

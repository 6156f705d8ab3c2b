import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { FakeClock } from '../support/fake-clock.ts'

test('every deadline that is not cancelled is called back once, never early and at most one sweep late', () => {
  const deadline = fc.record({
    startMs: fc.nat({ max: 500 }),
    delayMs: fc.nat({ max: 500 }),
    isCancelled: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 80 }), fc.array(deadline, { maxLength: 40 }), (sweepMs, deadlines) => {
      const clock = new FakeClock()
      const sweep = new DeadlineSweep(clock, sweepMs)
      const calledAtMs: number[][] = deadlines.map(() => [])
      for (const [index, { startMs, delayMs, isCancelled }] of deadlines.entries()) {
        clock.schedule(startMs, () => {
          const added = sweep.add(delayMs, () => calledAtMs[index]?.push(clock.now()))
          if (isCancelled) added.cancel()
        })
      }
      clock.advance(2_000)
      for (const [index, { startMs, delayMs, isCancelled }] of deadlines.entries()) {
        const [firstMs, ...more] = calledAtMs[index] ?? []
        assert.equal(more.length, 0)
        assert.equal(firstMs === undefined, isCancelled)
        const lateMs = (firstMs ?? 0) - (1_000 + startMs + delayMs)
        if (!isCancelled) assert.ok(lateMs >= 0 && lateMs <= sweepMs, `${lateMs} ms late`)
      }
      assert.equal(sweep.size, 0)
      assert.equal(clock.pendingTasks, 0)
    }),
    { numRuns: 500 },
  )
})

test('a thousand deadlines share one task, which ends within a sweep after the last of them went', () => {
  const clock = new FakeClock()
  const sweep = new DeadlineSweep(clock)
  assert.equal(clock.pendingTasks, 0)
  const deadlines = Array.from({ length: 1_000 }, () => sweep.add(10_000, assert.fail))
  assert.equal(clock.pendingTasks, 1)
  for (const deadline of deadlines) deadline.cancel()
  clock.advance(50)
  assert.equal(clock.pendingTasks, 0)
})

test('deadlines that fall due together are called back in order of time, and one may cancel another', () => {
  const clock = new FakeClock()
  const sweep = new DeadlineSweep(clock)
  const called: string[] = []
  sweep.add(30, () => called.push('third'))
  const second = sweep.add(20, () => called.push('second'))
  sweep.add(10, () => {
    called.push('first')
    second.cancel()
  })
  clock.advance(50)
  assert.deepEqual(called, ['first', 'third'])
})

test('a callback that throws does not cost the others theirs', () => {
  const clock = new FakeClock()
  const sweep = new DeadlineSweep(clock)
  let isCalled = false
  sweep.add(10, () => assert.fail('thrown by the first'))
  sweep.add(20, () => (isCalled = true))
  assert.throws(() => clock.advance(50), /thrown by the first/)
  clock.advance(50)
  assert.equal(isCalled, true)
})

test('a deadline is due from its very millisecond on, noticed or not', () => {
  const clock = new FakeClock()
  const deadline = new DeadlineSweep(clock).add(10, () => undefined)
  clock.advance(9)
  assert.equal(deadline.isDue(), false)
  clock.advance(1)
  assert.equal(deadline.isDue(), true)
})

test('a sweep time out of range is refused by name', () => {
  assert.throws(() => new DeadlineSweep(new FakeClock(), 0), { name: 'RangeError', message: /sweepMs/ })
})

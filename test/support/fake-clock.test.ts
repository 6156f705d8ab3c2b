import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from './fake-clock.ts'

test('a fake clock starts at 1000 and runs what is due in order of time, also what is scheduled meanwhile', () => {
  const clock = new FakeClock()
  const ran: string[] = []
  const note = (name: string) => () => void ran.push(`${name} at ${clock.now()}`)
  clock.schedule(30, note('late'))
  clock.schedule(10, () => {
    note('first')()
    clock.schedule(5, note('meanwhile'))
  })
  clock.schedule(10, note('second'))
  clock.schedule(20, note('cancelled'))()
  clock.schedule(31, note('not due'))
  clock.advance(30)
  assert.deepEqual(ran, ['first at 1010', 'second at 1010', 'meanwhile at 1015', 'late at 1030'])
  assert.equal(clock.pendingTasks, 1)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PrimaryReports } from '../../src/server/primary-reports.ts'
import type { WorkerCommand } from '../../src/server/messages.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RATE_LIMIT } from './app-under-test.ts'

function setUp() {
  const reports = new PrimaryReports('off', (_text, done) => done(), new FakeClock())
  const grantedTo = (workerId: number, wanted: number): readonly number[] => {
    const said: WorkerCommand[] = []
    const requests = [{ clientKey: 'a', wanted, needed: 0, unused: 0, tokenMs: 1_000 }]
    reports.accept(workerId, { type: 'tokens', id: 7, requests }, (command) => said.push(command))
    const [answer] = said
    return answer?.type === 'granted' && answer.id === 7 ? answer.grants.map(({ tokens }) => tokens) : assert.fail()
  }
  return { reports, grantedTo }
}

test('RL10 workers get tokens from the same buckets', () => {
  const { reports, grantedTo } = setUp()
  reports.setRateLimit({ ...RATE_LIMIT, count: 5 })
  assert.deepEqual([grantedTo(1, 3), grantedTo(2, 3), grantedTo(1, 3)], [[3], [2], [0]])
})

test('RL10 a limit with which no worker could serve gives way to the one before, and nothing is forgotten', () => {
  const { reports, grantedTo } = setUp()
  reports.setRateLimit({ ...RATE_LIMIT, count: 5 })
  assert.deepEqual(grantedTo(1, 5), [5])
  const restore = reports.setRateLimit({ ...RATE_LIMIT, count: 1_000 })
  restore()
  assert.deepEqual(grantedTo(1, 5), [0])
})

test('a worker that still has a limiter is not held up when the server has none any more', () => {
  const { reports, grantedTo } = setUp()
  assert.deepEqual(grantedTo(1, 3), [3])
  reports.setRateLimit({ ...RATE_LIMIT, count: 2 })
  reports.setRateLimit(null)
  assert.deepEqual(grantedTo(1, 3), [2], 'the limit that it knows still holds')
})

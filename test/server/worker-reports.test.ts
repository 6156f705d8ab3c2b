import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { App } from '../../src/server/app.ts'
import type { WorkerReport } from '../../src/server/messages.ts'
import { WorkerReports } from '../../src/server/worker-reports.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { PLAIN } from './app-under-test.ts'

/** Reports whose figures are the numbers of the pushes, over a channel that takes each when it is told to. */
function setUp() {
  const clock = new FakeClock()
  const said: WorkerReport[] = []
  const taken: (() => void)[] = []
  let made = 0
  const metrics: App['metrics'] = () => new Map([['http_requests_in_progress', new Map([['', [++made]]])]])
  const options = { ...PLAIN, metrics: { host: '127.0.0.1', port: null, token: '' } }
  const send = (report: WorkerReport, done: () => void): void => {
    said.push(report)
    taken.push(done)
  }
  const reports = new WorkerReports(options, 0, send, clock)
  reports.start({ metrics } as unknown as App) // nothing else is asked for
  const pushed = (): readonly unknown[] =>
    said.map((report) =>
      report.type === 'metrics'
        ? report.snapshot.get('http_requests_in_progress')?.get('')?.[0]
        : assert.fail(report.type),
    )
  return { clock, taken, pushed, end: () => reports.end() }
}

test('the last figures of a worker follow those that are still on their way', async () => {
  const { clock, taken, pushed, end } = setUp()
  const ended = end()
  await Promise.resolve()
  clock.advance(200)
  taken[0]?.()
  assert.deepEqual(pushed(), [1, 2])
  taken[1]?.()
  await ended
  assert.equal(clock.pendingTasks, 0)
})

test('a worker ends within half a second also when its figures are never taken', async () => {
  const { clock, taken, pushed, end } = setUp()
  const ended = end()
  await Promise.resolve()
  clock.advance(500)
  await ended
  taken[0]?.()
  assert.deepEqual(pushed(), [1], 'nothing is said after the end')
})

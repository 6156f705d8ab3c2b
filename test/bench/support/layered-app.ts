/**
 * Process entry: one worker with the settings of its argument, as JSON. It serves the same small answer at /stored, which the
 * cache may keep, at /made, which it may not, and at /guarded, behind a circuit breaker. It reports over IPC as a worker does.
 */
import { resolveSettings } from '../../../src/core/settings.ts'
import { systemClock } from '../../../src/host/system-clock.ts'
import { CircuitBreaker } from '../../../src/resilience/circuit-breaker.ts'
import { createApp } from '../../../src/server/app.ts'
import { jsonAnswer } from '../../../src/server/answer.ts'
import { serverOptions } from '../../../src/server/options.ts'
import type { Route } from '../../../src/server/router.ts'
import { WorkerReports } from '../../../src/server/worker-reports.ts'
import { announce, entryArgument } from './announce.ts'
import { SAMPLE_VALUE } from './sample-value.ts'

const flags = entryArgument() as Readonly<Record<string, string>> // our parent wrote it
const options = serverOptions(resolveSettings({ flags, environment: {}, preset: 'bench' }), 1)
const reports = new WorkerReports(
  options,
  0,
  (report, done) => process.send?.(report, undefined, undefined, () => done()) ?? done(),
  systemClock,
)
const answer = jsonAnswer(200, SAMPLE_VALUE)
const breaker = new CircuitBreaker({}, systemClock)
const routes: readonly Route[] = [
  { method: 'GET', path: '/stored', isCacheable: true, handle: () => answer },
  { method: 'GET', path: '/made', handle: () => answer },
  {
    method: 'GET',
    path: '/guarded',
    handle: () => {
      const { permit } = breaker.tryAcquire()
      if (permit === undefined) throw new Error('nothing has failed, and the circuit is open')
      permit.settle('success')
      return answer
    },
  },
]
const app = createApp(options, { ...reports.parts, routes })
reports.start(app)
app.server.listen(0, '127.0.0.1')
await announce(app.server)

/**
 * Process entry: one worker with the layers of a bare server, and with metrics and logs as its arguments say (`metrics`,
 * `logs`). It reports over IPC as a worker does, and prints its address. The message `cpu` is answered with its CPU time so
 * far, in microseconds.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { resolveSettings } from '../../../src/core/settings.ts'
import { systemClock } from '../../../src/host/system-clock.ts'
import { createApp } from '../../../src/server/app.ts'
import { jsonAnswer } from '../../../src/server/answer.ts'
import { serverOptions } from '../../../src/server/options.ts'
import { WorkerReports } from '../../../src/server/worker-reports.ts'

const wanted = new Set(process.argv.slice(2))
const flags = {
  UPSTREAMS: 'none=http://127.0.0.1:9',
  CACHE_ENABLED: 'false',
  COMPRESSION: 'false',
  ENABLE_METRICS: String(wanted.has('metrics')),
  LOG_LEVEL: wanted.has('logs') ? 'info' : 'off',
}
const options = serverOptions(resolveSettings({ flags, environment: {}, preset: 'bench' }), 1)
const reports = new WorkerReports(
  options,
  0,
  (report, done) => process.send?.(report, undefined, undefined, () => done()) ?? done(),
  systemClock,
)
const bare = jsonAnswer(200, { hello: 'world' })
const routes = [{ method: 'GET', path: '/bare', handle: () => bare }] as const
const app = createApp(options, { ...reports.parts, routes })
reports.start(app)
app.server.listen(0, '127.0.0.1')
await once(app.server, 'listening')
console.log((app.server.address() as AddressInfo).port)
process.on('message', (message) => {
  if (message !== 'cpu') return
  const { user, system } = process.cpuUsage()
  process.send?.({ type: 'cpu', microseconds: user + system })
})
process.once('disconnect', () => process.exit())

import { startFixedServer } from '../support/fixed-server.ts'
import { runTune } from '../support/run-tune.ts'
import type { Report, Run } from '../../src/core/report.ts'

/**
 * `npm run bench:accuracy`: tune against servers whose latency is known. A server of 50 ms, closed and open; one that
 * stalls once for 1 s, where a tool that waits for answers hides what clients see.
 */
async function lastRun(args: readonly string[]): Promise<Run> {
  const { code, stdout, stderr } = await runTune(['bench', '--json', '--quiet', ...args])
  const run = stdout === '' ? undefined : (JSON.parse(stdout) as Report).runs.at(-1)
  if (run === undefined) throw new Error(`no result, exit code ${code}: ${stderr}`)
  return run
}

let isWithin = true
function line(name: string, value: number | null, low: number, high: number): void {
  const isRight = value !== null && value >= low && value <= high
  isWithin &&= isRight
  console.log(
    `  ${name.padEnd(30)} ${(value ?? Number.NaN).toFixed(2).padStart(9)}   wanted ${low} to ${high}${isRight ? '' : '   OUTSIDE'}`,
  )
}

for (const load of [
  ['-c', '4'],
  ['-r', '60'],
]) {
  const server = await startFixedServer({ delayMs: 50 })
  const run = await lastRun(['--url', server.url, ...load, '-d', '10s'])
  await server.close()
  console.log(`a server of 50 ms, ${load.join(' ')} (${run.validity.verdict}, ${run.requests.sent} sent)`)
  line('response time p50, ms', run.responseTime.p50Ms, 49.5, 52.5)
  line('response time p99, ms', run.responseTime.p99Ms, 0, 58)
}

const server = await startFixedServer({ delayMs: 0, stall: { atRequest: 500, forMs: 1_000 } })
const run = await lastRun(['--url', server.url, '-r', '100', '-d', '10s', '--warm-up', '1s'])
await server.close()
console.log(`a server that stalls once for 1 s, -r 100 -d 10s (${run.validity.verdict})`)
line('requests sent', run.requests.sent, 998, 1_002)
line('response time p95, ms', run.responseTime.p95Ms, 450, 550)
line('response time p99, ms', run.responseTime.p99Ms, 850, 950)
line('service time p50, ms', run.serviceTime.p50Ms, 0, 5)
console.log(
  `  service time p95 ${run.serviceTime.p95Ms?.toFixed(2)} ms, p99 ${run.serviceTime.p99Ms?.toFixed(2)} ms; late p50 ${run.generator.lateP50Ms} ms, p99 ${run.generator.lateP99Ms} ms`,
)
process.exitCode = isWithin ? 0 : 1

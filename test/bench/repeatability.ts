import type { Report } from '../../src/core/report.ts'
import { median, relativeSpread } from '../../src/stats/percentile.ts'
import { runTune } from '../support/run-tune.ts'

/** `npm run bench:repeat`: `tune bench` five times with everything started anew; how far its figures agree. */
const REPEATS = 5
const BOUND = 0.1

const runs: {
  readonly cpuMs: number
  readonly throughputPerS: number
  readonly p99Ms: number
  readonly lateP50Ms: number
  readonly seconds: number
}[] = []
for (let repeat = 1; repeat <= REPEATS; repeat++) {
  const { code, stdout, stderr, tookMs } = await runTune(['bench', '--json', '--quiet'])
  if (stdout === '') throw new Error(`exit code ${code}: ${stderr}`)
  const report = JSON.parse(stdout) as Report
  const saturate = report.runs.find(({ phase }) => phase === 'saturate')
  const steady = report.runs.find(({ phase }) => phase === 'steady')
  runs.push({
    cpuMs: saturate?.targetUse?.cpuMsPerRequest ?? Number.NaN,
    throughputPerS: saturate?.throughputPerS ?? Number.NaN,
    p99Ms: steady?.responseTime.p99Ms ?? Number.NaN,
    lateP50Ms: steady?.generator.lateP50Ms ?? Number.NaN,
    seconds: tookMs / 1_000,
  })
  const verdicts = report.runs.map(({ phase, validity }) => `${phase} ${validity.verdict}`).join(', ')
  const last = runs.at(-1)
  console.log(
    `${repeat}: exit ${code}, ${verdicts}, ${last?.seconds.toFixed(1)} s, ${last?.cpuMs.toFixed(3)} ms CPU/request, ${last?.throughputPerS.toFixed(0)}/s, steady p99 ${last?.p99Ms.toFixed(1)} ms`,
  )
}

function line(name: string, values: readonly number[], bound?: number): void {
  const spread = relativeSpread(values)
  const isAbove = bound !== undefined && !(spread <= bound)
  if (isAbove) process.exitCode = 1
  console.log(
    `${name.padEnd(28)} median ${median(values).toFixed(3)}, (max − min)/median ${(spread * 100).toFixed(1)} %${bound === undefined ? '' : `, bound ${bound * 100} %`}${isAbove ? '  ABOVE' : ''}`,
  )
}

line(
  'CPU per request, ms',
  runs.map(({ cpuMs }) => cpuMs),
  BOUND,
)
line(
  'capacity, 1/s',
  runs.map(({ throughputPerS }) => throughputPerS),
)
line(
  'steady p99, ms',
  runs.map(({ p99Ms }) => p99Ms),
)
line(
  'duration, s',
  runs.map(({ seconds }) => seconds),
)
line(
  'steady late p50, ms',
  runs.map(({ lateP50Ms }) => lateP50Ms),
)

import { buildCorpus } from '../../src/server/text/corpus.ts'
import { SearchIndex } from '../../src/server/text/search-index.ts'
import type { Report } from '../../src/core/report.ts'
import { median, relativeSpread } from '../../src/stats/percentile.ts'
import { runTune } from '../support/run-tune.ts'

/**
 * `npm run bench:repeat`: `tune bench` five times with everything started anew; how far its figures agree. Around each run the
 * same search is timed in this process: how much of the spread is the machine's own.
 */
const REPEATS = 5
const BOUND = 0.1
const CALIBRATION_MS = 1_500

const index = new SearchIndex(buildCorpus())

/** CPU time of one search here and now. */
function searchCpuMs(): number {
  const before = process.cpuUsage()
  const endMs = performance.now() + CALIBRATION_MS
  let searches = 0
  for (; performance.now() < endMs; searches++)
    index.search(['train', 'ticket', 'platform', 'timetable', 'luggage'], 10)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / searches
}

searchCpuMs() // warm

const runs: {
  readonly cpuMs: number
  readonly throughputPerS: number
  readonly p99Ms: number
  readonly lateP50Ms: number
  readonly searchCpuMs: number
  readonly seconds: number
}[] = []
for (let repeat = 1; repeat <= REPEATS; repeat++) {
  const calibrationBefore = searchCpuMs()
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
    searchCpuMs: (calibrationBefore + searchCpuMs()) / 2,
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
line(
  'the same search here, CPU ms',
  runs.map((run) => run.searchCpuMs),
)
line(
  'CPU per request / search',
  runs.map((run) => run.cpuMs / run.searchCpuMs),
)

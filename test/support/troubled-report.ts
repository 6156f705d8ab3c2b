import type { LatencySummary, RequestCounts } from '../../src/core/measurement.ts'
import type { Report, Run, TimelineEntry } from '../../src/core/report.ts'
import { countsFixture, reportFixture } from './report-fixture.ts'

type ServerSecond = NonNullable<TimelineEntry['server']>
type UpstreamSecond = ServerSecond['upstreams'][number]

/** How a healthy open run of ten seconds is to be different. */
export interface Trouble {
  /** Its p95; 20 ms unless given. */
  readonly p95Ms?: number
  /** CPUs used, of the one that there is; 0.3 unless given. */
  readonly cpus?: number
  /** Loop utilization of the only worker; 0.3 unless given. */
  readonly loop?: number | null
  readonly counts?: Partial<RequestCounts>
  /** What the server told in each second; nothing unless given. */
  readonly server?: Partial<ServerSecond>
  /** Anything else of the run. */
  readonly run?: Partial<Run>
  /** Anything else of the report. */
  readonly report?: Partial<Report>
}

const QUIET_SERVER: ServerSecond = {
  cacheHits: 90,
  cacheMisses: 10,
  queueRunning: null,
  queueWaiting: null,
  queueRefused: null,
  upstreams: [],
}

/** An upstream in one second: a hundred calls of 20 ms, all well, unless told otherwise. */
export function upstreamSecond(changes: Partial<UpstreamSecond> = {}): UpstreamSecond {
  return {
    name: 'primary',
    calls: 100,
    failures: 0,
    breaker: 'closed',
    poolRunning: 2,
    poolPending: 0,
    poolConnected: 4,
    ...changes,
  }
}

/** A report of one open run of ten seconds without objectives, 1,000 good answers and no advice, and what is wrong with it. */
export function troubledReport(trouble: Trouble = {}): Report {
  const { p95Ms = 20, cpus = 0.3, loop = 0.3, counts = {}, server, run = {}, report = {} } = trouble
  const [, steady] = reportFixture().runs
  if (steady?.targetUse === undefined || steady.targetUse === null) throw new Error('the fixture has an open run')
  const responseTime: LatencySummary = { ...steady.responseTime, p95Ms }
  const second = steady.timeline[0]
  if (second === undefined) throw new Error('the fixture has a timeline')
  return reportFixture({
    verdict: { outcome: 'none', checks: [] },
    recommendations: [],
    runs: [
      {
        ...steady,
        durationMs: 10_000,
        requests: countsFixture(1_000, 650, counts),
        offeredPerS: 100,
        throughputPerS: 100,
        responseTime,
        errors: {},
        statusCodes: {},
        targetUse: {
          ...steady.targetUse,
          cpus,
          workers: steady.targetUse.workers.map((worker) =>
            worker.role === 'worker' ? { ...worker, loopUtilization: loop } : worker,
          ),
        },
        timeline: Array.from({ length: 10 }, (_, index) => ({
          ...second,
          second: index + 1,
          ...(server === undefined ? {} : { server: { ...QUIET_SERVER, ...server } }),
        })),
        ...run,
      },
    ],
    ...report,
  })
}

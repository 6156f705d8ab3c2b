import type { Milliseconds } from '../../core/clock.ts'
import type { LatencySummary } from '../../core/measurement.ts'
import type { Report, Run, TimelineEntry } from '../../core/report.ts'
import { LatencyHistogram } from '../../stats/latency-histogram.ts'
import { ALARM } from '../export/scale-out.ts'
import { type Thresholds, thresholdsOf } from '../export/thresholds.ts'
import { formatFraction, formatMs, formatQuantile } from '../format.ts'

/** From here on a CPU or an event loop counts as busy: where the source documents raise an alarm, 0..1. */
export const BUSY_FRACTION = ALARM.cpuPercent / 100
/** Fewer requests that went wrong are a hiccup; the table of outcomes has them. */
const NOTABLE_FRACTION = 0.001

const SUMMARIES: Readonly<Record<number, keyof Omit<LatencySummary, 'histogram'>>> = {
  0.5: 'p50Ms',
  0.9: 'p90Ms',
  0.95: 'p95Ms',
  0.99: 'p99Ms',
  0.999: 'p999Ms',
}

/** Answers that came too late. */
export interface SlowAnswers {
  /** The objective's quantile of the response time; above `boundMs`. */
  readonly ms: Milliseconds
  readonly boundMs: Milliseconds
  /** `p95 412 ms`. */
  readonly text: string
}

/** The bounds by which runs are judged: the objectives of the report, or those of the source documents. */
export function boundsOf(report: Report): Thresholds {
  return thresholdsOf(report.verdict.checks.map(({ expected }) => expected))
}

/**
 * Whether the response time is above its bound.
 *
 * @returns null when it is not, in a closed phase, whose latency is that of a full server, and of an invalid run
 */
export function slowAnswers(run: Run, report: Report): SlowAnswers | null {
  if (run.workload.kind === 'closed' || run.validity.verdict === 'invalid') return null
  const { quantile, bound } = boundsOf(report).responseTime
  const boundMs = 1_000 * bound
  const ms = quantileMs(run.responseTime, quantile)
  return ms === null || ms <= boundMs ? null : { ms, boundMs, text: `${formatQuantile(quantile)} ${formatMs(ms)}` }
}

function quantileMs(latency: LatencySummary, quantile: number): Milliseconds | null {
  if (latency.count === 0) return null
  const reported = SUMMARIES[quantile]
  return reported === undefined
    ? LatencyHistogram.fromBase64(latency.histogram).quantileMs(quantile)
    : latency[reported]
}

/** CPU time of the target, of what it could use, 0..1; null when its processes were not seen. */
export function cpuShare({ targetUse }: Run, { placement }: Report): number | null {
  return targetUse === null ? null : targetUse.cpus / placement.targetEffectiveCpus
}

/** Loop utilization of the busiest worker, 0..1; null when none told. */
export function busiestLoop({ targetUse }: Run): number | null {
  const told = (targetUse?.workers ?? []).flatMap(({ role, loopUtilization }) =>
    role === 'worker' ? (loopUtilization ?? []) : [],
  )
  return told.length === 0 ? null : Math.max(...told)
}

/** `2.1% of requests`; null for fewer than one in a thousand, or than the error objective allows where that is less. */
export function notableShare(count: number, { requests }: Run, report: Report): string | null {
  const share = requests.sent === 0 ? 0 : count / requests.sent
  const least = Math.min(NOTABLE_FRACTION, boundsOf(report).errorRate.bound)
  return share < least ? null : `${formatFraction(share)} of requests`
}

/** How many answers had one of these statuses. */
export function answersWith({ statusCodes }: Run, statuses: readonly string[]): number {
  return statuses.reduce((sum, status) => sum + (statusCodes[status] ?? 0), 0)
}

/** The seconds in which the bundled server told what it did, oldest first. */
export function serverSeconds({ timeline }: Run): readonly NonNullable<TimelineEntry['server']>[] {
  return timeline.flatMap(({ server }) => server ?? [])
}

/** Requests that the admission queue refused; 0 when it is off. */
export function queueRefusals(run: Run): number {
  return serverSeconds(run).reduce((sum, { queueRefused }) => sum + (queueRefused ?? 0), 0)
}

/** Lookups in the response cache, and the share of hits; null without a cache. */
export function cacheUseOf(run: Run): { readonly lookups: number; readonly hitRate: number } | null {
  const hits = serverSeconds(run).reduce((sum, { cacheHits }) => sum + (cacheHits ?? 0), 0)
  const lookups = hits + serverSeconds(run).reduce((sum, { cacheMisses }) => sum + (cacheMisses ?? 0), 0)
  return lookups === 0 ? null : { lookups, hitRate: hits / lookups }
}

/** A figure that a recommendation rests on; null when it was not given. */
export function evidenceFigure({ recommendations }: Report, setting: string, key: string): number | null {
  const figure = recommendations.find((recommendation) => recommendation.setting === setting)?.evidence[key]
  return typeof figure === 'number' ? figure : null
}

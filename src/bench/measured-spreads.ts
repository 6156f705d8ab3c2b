import type { Run, TimelineEntry } from '../core/report.ts'
import { type Spread, spreadOf, type Spreads } from '../sizing/advice/spread.ts'
import { LatencyHistogram, quantileRanks } from '../stats/index.ts'

/** So many boots tell more than the seconds of one. */
const ENOUGH_BOOTS = 3

/**
 * How far the figures vary that sizing takes from the runs: over boots where there were three or more of the phase, otherwise
 * over what one boot has to offer.
 *
 * @param runs measured phases, oldest first; cost is taken from the last closed phase, hold and response times from the last open one
 */
export function measuredSpreads(runs: readonly Run[]): Spreads {
  const closed = repetitionsOfLast(runs, 'closed')
  const open = repetitionsOfLast(runs, 'open')
  return {
    cpuPerRequest: overBootsOrSeconds(closed, ({ targetUse }) => targetUse?.cpuMsPerRequest ?? null, cpuMsOf),
    loopPerCpu: overBootsOrSeconds(closed, loopPerCpuOf, loopPerCpuIn),
    upstreamHold: overBootsOrSeconds(
      open,
      ({ timeline }) => meanHoldMs(timeline),
      (second) => meanHoldMs([second]),
    ),
    responseP99: spreadOfP99(open),
    workerMemory: spreadOfMemory(open.length > 0 ? open : closed),
  }
}

/** The last run of that kind and those before it that measured the same, oldest first. */
function repetitionsOfLast(runs: readonly Run[], kind: 'closed' | 'open'): readonly Run[] {
  const last = runs.findLast(({ workload }) => workload.kind === kind)
  return runs.filter(
    ({ workload, phase, workers }) => workload.kind === kind && phase === last?.phase && workers === last.workers,
  )
}

function overBootsOrSeconds(
  runs: readonly Run[],
  ofBoot: (run: Run) => number | null,
  ofSecond: (second: TimelineEntry) => number | null,
): Spread | null {
  const boots = runs.flatMap((run) => ofBoot(run) ?? [])
  if (boots.length >= ENOUGH_BOOTS) return spreadOf(boots, 'boots')
  // The last entry is a part of a second.
  const seconds = (runs.at(-1)?.timeline ?? []).slice(0, -1)
  return spreadOf(
    seconds.flatMap((second) => ofSecond(second) ?? []),
    'seconds',
  )
}

function cpuMsOf({ targetCpus, throughputPerS }: TimelineEntry): number | null {
  return targetCpus === null || throughputPerS <= 0 ? null : (1_000 * targetCpus) / throughputPerS
}

function loopPerCpuOf({ targetUse }: Run): number | null {
  if (targetUse === null || targetUse.busyLoopMsPerRequest === null || targetUse.cpuMsPerRequest === null) return null
  return targetUse.cpuMsPerRequest <= 0 ? null : targetUse.busyLoopMsPerRequest / targetUse.cpuMsPerRequest
}

/** The time a loop waits for a CPU counts as work here: it moves the ratio, but hardly how far that varies. */
function loopPerCpuIn({ targetCpus, workers = [] }: TimelineEntry): number | null {
  const ofWorkers = workers.filter(({ role }) => role === 'worker')
  const loops = ofWorkers.flatMap(({ loopUtilization }) => loopUtilization ?? [])
  if (loops.length === 0 || loops.length < ofWorkers.length || targetCpus === null || targetCpus <= 0) return null
  return sum(loops) / targetCpus
}

function meanHoldMs(seconds: readonly TimelineEntry[]): number | null {
  const upstreams = seconds.flatMap(({ server }) => server?.upstreams ?? [])
  const calls = sum(upstreams.map((upstream) => upstream.calls))
  const holds = upstreams.flatMap(({ holdMs }) => holdMs ?? [])
  return calls <= 0 || holds.length < upstreams.length ? null : sum(holds) / calls
}

function spreadOfP99(runs: readonly Run[]): Spread | null {
  const boots = runs.flatMap(({ responseTime }) => responseTime.p99Ms ?? [])
  if (boots.length >= ENOUGH_BOOTS) return spreadOf(boots, 'boots')
  const last = runs.at(-1)?.responseTime
  const ranks = last === undefined ? null : quantileRanks(last.count, 0.99)
  if (last === undefined || ranks === null || last.p99Ms === null || last.p99Ms <= 0) return null
  const times = LatencyHistogram.fromBase64(last.histogram)
  const widthMs = times.sampleMs(ranks.highRank) - times.sampleMs(ranks.lowRank)
  return { halfWidthFraction: widthMs / 2 / last.p99Ms, over: 'requests', count: last.count }
}

/** Each worker at the end of each boot. */
function spreadOfMemory(runs: readonly Run[]): Spread | null {
  const workers = runs.flatMap(({ targetUse }) => targetUse?.workers ?? []).filter(({ role }) => role === 'worker')
  return spreadOf(
    workers.map(({ pssBytes, rssBytes }) => pssBytes ?? rssBytes),
    'workers',
  )
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

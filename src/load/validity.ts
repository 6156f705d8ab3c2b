import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorHealth, RequestCounts, Validity, ValidityReason } from '../core/measurement.ts'
import type { Workload } from '../core/workload.ts'
import type { Interference } from '../host/interference.ts'

/** Fewer good answers leave less than ten samples above p99. */
const MIN_SAMPLES_FOR_P99 = 1_000
const MIN_SEND_RATIO = { valid: 0.999, suspect: 0.99 }
/** Lateness that matters to nobody, where the machine itself has no hiccups. */
const TOLERATED_LATE_MS: Milliseconds = 5
const INTOLERABLE_LATE_MS: Milliseconds = 100
/** Lateness is ours when it exceeds by more than this what the machine does to an idle loop. */
const HICCUP_FACTOR = 2
/** So many times later than is tolerated, the intended arrivals are no longer what was measured. */
const INVALID_LATE_FACTOR = 10
const SATURATED_CPU_FRACTION = 0.95
const IDLE_TARGET_FRACTION = 0.8
const MAX_STEAL_FRACTION = { valid: 0.01, suspect: 0.05 }
/** With fewer, chance alone leaves workers without a connection while others have several. */
const MIN_CONNECTIONS_PER_WORKER = 2

/** What a phase is judged by. */
export interface ValidityInput {
  readonly workload: Workload
  readonly counts: RequestCounts
  readonly health: GeneratorHealth
  readonly durationMs: Milliseconds
  /** Null when they cannot be seen. */
  readonly workers: number | null
  /** CPU time of the target / what it may use, 0..1; null when it cannot be seen. */
  readonly targetBusyFraction: number | null
  readonly interference: Interference
}

/**
 * Whether the figures of a phase may be believed. An open loop is judged by what it sent and how late, a closed one by
 * whether it left the target idle. Wrong answers are not judged here: they are what was measured.
 */
export function judge(input: ValidityInput): Validity {
  const reasons = [
    judgeSamples(input),
    ...(input.workload.kind !== 'closed' ? [judgeSendRatio(input), judgeLateness(input)] : [judgeSaturation(input)]),
    judgeConnections(input),
    judgeSteal(input),
    judgeThrottling(input),
  ].filter((reason) => reason !== undefined)
  if (reasons.length === 0) return { verdict: 'valid', reasons }
  return { verdict: reasons.some((reason) => reason.severity === 'invalid') ? 'invalid' : 'suspect', reasons }
}

function judgeSamples({ counts, durationMs }: ValidityInput): ValidityReason | undefined {
  const evidence = `${counts.good} good answers in ${(durationMs / 1_000).toFixed(1)} s`
  if (counts.good === 0) {
    const hint = 'look at the outcomes: nothing was answered as expected, so there is no latency to show'
    return { code: 'no-samples', severity: 'invalid', evidence, hint }
  }
  if (counts.good >= MIN_SAMPLES_FOR_P99) return undefined
  const hint = `p99 needs ${MIN_SAMPLES_FOR_P99}: run longer with -d, or offer more load`
  return { code: 'few-samples', severity: 'suspect', evidence, hint }
}

function judgeSendRatio({ counts, health }: ValidityInput): ValidityReason | undefined {
  if (health.sendRatio >= MIN_SEND_RATIO.valid) return undefined
  return {
    code: 'arrivals-dropped',
    severity: health.sendRatio < MIN_SEND_RATIO.suspect ? 'invalid' : 'suspect',
    evidence: `${counts.sent} of ${counts.scheduled} arrivals were sent (${percent(health.sendRatio)})`,
    hint: 'so many requests were outstanding that no more were sent: lower the rate with -r, the target is far beyond its capacity',
  }
}

function judgeLateness({ health: { lateP99Ms, hiccupP99Ms } }: ValidityInput): ValidityReason | undefined {
  if (lateP99Ms === null) return undefined
  const hiccupMs = hiccupP99Ms ?? 0
  const toleratedMs = Math.min(INTOLERABLE_LATE_MS, Math.max(TOLERATED_LATE_MS, HICCUP_FACTOR * hiccupMs))
  if (lateP99Ms <= toleratedMs) return undefined
  const isInvalid = lateP99Ms > Math.min(INTOLERABLE_LATE_MS, INVALID_LATE_FACTOR * toleratedMs)
  return {
    code: 'generator-late',
    severity: isInvalid ? 'invalid' : 'suspect',
    evidence: `requests started ${lateP99Ms.toFixed(1)} ms late at p99; the machine's own pauses are ${hiccupMs.toFixed(1)} ms`,
    hint: 'lower the rate, stop other work on this machine, or place the generator on CPUs of its own',
  }
}

/** The generator of a closed loop may be busy as long as the target is too: then both were at their limit. */
function judgeSaturation({ health, targetBusyFraction }: ValidityInput): ValidityReason | undefined {
  if (health.cpuFraction < SATURATED_CPU_FRACTION) return undefined
  if (targetBusyFraction !== null && targetBusyFraction >= IDLE_TARGET_FRACTION) return undefined
  const generator = `the generator used ${percent(health.cpuFraction)} of a CPU`
  return {
    code: 'generator-limited',
    severity: targetBusyFraction === null ? 'suspect' : 'invalid',
    evidence:
      targetBusyFraction === null
        ? `${generator}; how busy the target was cannot be seen`
        : `${generator} while the target was ${percent(targetBusyFraction)} busy`,
    hint: 'the target can do more than this: give the generator a CPU of its own, or measure a heavier request',
  }
}

function judgeConnections({ workload, workers }: ValidityInput): ValidityReason | undefined {
  if (workload.kind === 'users') return undefined
  const connections = workload.kind === 'closed' ? workload.connections : workload.maxConnections
  if (workers === null || connections >= workers * MIN_CONNECTIONS_PER_WORKER) return undefined
  return {
    code: 'few-connections',
    severity: 'suspect',
    evidence: `${connections} connections for ${workers} workers`,
    hint: `some workers may get none: use at least ${workers * MIN_CONNECTIONS_PER_WORKER} with -c`,
  }
}

function judgeSteal({ interference: { stealFraction } }: ValidityInput): ValidityReason | undefined {
  if (stealFraction <= MAX_STEAL_FRACTION.valid) return undefined
  return {
    code: 'cpu-steal',
    severity: stealFraction > MAX_STEAL_FRACTION.suspect ? 'invalid' : 'suspect',
    evidence: `the hypervisor took ${percent(stealFraction)} of the CPU time`,
    hint: 'run again when the host is quieter, or on a machine with CPUs of its own',
  }
}

function judgeThrottling({ interference: { throttledCount } }: ValidityInput): ValidityReason | undefined {
  if (throttledCount === 0) return undefined
  return {
    code: 'cpu-throttled',
    severity: 'suspect',
    evidence: `the CPU quota of this container stopped it ${throttledCount} times`,
    hint: 'generator and target share the quota: raise it, or measure with the generator outside',
  }
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`
}

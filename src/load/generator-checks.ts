import type { Milliseconds } from '../core/clock.ts'
import type { ValidityReason } from '../core/measurement.ts'
import { isAlone } from './interference-checks.ts'
import { percent, type ValidityInput } from './validity-input.ts'

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
/** Also for a CPU to itself a generator waits a little: quiet runs of `npm run bench:verdicts` stay below. */
const MAX_STARVED_FRACTION = { valid: 0.05, suspect: 0.25 }

/** Reasons to doubt that the load was what it was meant to be. */
export function judgeGenerator(input: ValidityInput): readonly ValidityReason[] {
  const reasons =
    input.workload.kind === 'closed'
      ? [judgeSaturation(input), judgeStarvedClosedLoop(input)]
      : [judgeSendRatio(input), judgeLateness(input), judgeStarvation(input)]
  return reasons.filter((reason) => reason !== undefined)
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

/**
 * A wait for the CPU delays sends and makes answers look slow: it is part of every response time. Where nobody else used
 * much, the generator has waited for the simulators beside it.
 */
function judgeStarvation(input: ValidityInput): ValidityReason | undefined {
  const starved = input.health.starvedFraction ?? 0
  const isByOurselves = isAlone(input)
  if (starved <= (isByOurselves ? MAX_STARVED_FRACTION.suspect : MAX_STARVED_FRACTION.valid)) return undefined
  return starvation(starved, starved > MAX_STARVED_FRACTION.suspect && !isByOurselves ? 'invalid' : 'suspect', '')
}

/** Fewer requests than it could send matter only where the target would have had time for more. */
function judgeStarvedClosedLoop(input: ValidityInput): ValidityReason | undefined {
  const { health, targetBusyFraction } = input
  const starved = health.starvedFraction ?? 0
  if (starved <= (isAlone(input) ? MAX_STARVED_FRACTION.suspect : MAX_STARVED_FRACTION.valid)) return undefined
  if (targetBusyFraction === null || targetBusyFraction >= IDLE_TARGET_FRACTION) return undefined
  return starvation(starved, 'suspect', `, while the target was ${percent(targetBusyFraction)} busy`)
}

function starvation(starved: number, severity: ValidityReason['severity'], besides: string): ValidityReason {
  return {
    code: 'generator-starved',
    severity,
    evidence: `the generator was ready to run but had no CPU in ${percent(starved)} of the time${besides}`,
    hint: 'stop other work on this machine, lower the rate, or place the generator on CPUs of its own',
  }
}

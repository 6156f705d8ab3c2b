import type { ValidityReason } from '../core/measurement.ts'
import { percent, type ValidityInput } from './validity-input.ts'

const MAX_STEAL_FRACTION = { valid: 0.01, suspect: 0.05 }
/** Of the CPUs that we run on. Quiet runs of `npm run bench:verdicts` stay below; a process that spins on one of two is far above. */
const MAX_NEIGHBOUR_FRACTION = { valid: 0.05, suspect: 0.25 }
/** Its own compiler and collector threads make the loop of a healthy target wait too; quiet runs of that script stay below. */
const MAX_STARVED_FRACTION = { valid: 0.1, suspect: 0.25 }

/** Reasons to doubt that target and generator had the CPUs to themselves. */
export function judgeInterference(input: ValidityInput): readonly ValidityReason[] {
  return [judgeSteal(input), judgeThrottling(input), judgeNeighbours(input), judgeStarvedTarget(input)].filter(
    (reason) => reason !== undefined,
  )
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

function judgeNeighbours({ neighbours }: ValidityInput): ValidityReason | undefined {
  if (neighbours === undefined || neighbours === null) return undefined
  const { cpus, ofCpus, busiest } = neighbours
  const fraction = cpus / ofCpus
  if (fraction <= MAX_NEIGHBOUR_FRACTION.valid) return undefined
  const most =
    busiest === null
      ? 'none of them can be seen from here'
      : `most of it ${busiest.name} (pid ${busiest.pid}) with ${busiest.cpus.toFixed(2)}`
  return {
    code: 'busy-neighbour',
    severity: fraction > MAX_NEIGHBOUR_FRACTION.suspect ? 'invalid' : 'suspect',
    evidence: `other processes used ${cpus.toFixed(2)} of the ${ofCpus} CPUs, ${most}`,
    hint:
      busiest === null
        ? 'run again when the host is quieter, or on CPUs that no other container may use'
        : 'end it, or wait until it has finished, and run again',
  }
}

/** Where nobody else used much, the target has waited for itself. */
function judgeStarvedTarget(input: ValidityInput): ValidityReason | undefined {
  const starved = input.targetStarvedFraction ?? 0
  if (starved <= MAX_STARVED_FRACTION.valid || isAlone(input)) return undefined
  const used =
    input.targetBusyFraction === null ? '' : `, though it used only ${percent(input.targetBusyFraction)} of its CPUs`
  return {
    code: 'target-starved',
    severity: starved > MAX_STARVED_FRACTION.suspect ? 'invalid' : 'suspect',
    evidence: `a process of the target was ready to run but had no CPU in ${percent(starved)} of the time${used}`,
    hint: 'something else took its CPU: stop other work on this machine, and run again',
  }
}

/** It is known that nothing else took CPU time worth speaking of. */
export function isAlone({ neighbours, interference }: ValidityInput): boolean {
  if (neighbours === undefined || neighbours === null) return false
  return (
    neighbours.cpus <= MAX_NEIGHBOUR_FRACTION.valid * neighbours.ofCpus &&
    interference.stealFraction <= MAX_STEAL_FRACTION.valid
  )
}

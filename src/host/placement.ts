import { spawnSync } from 'node:child_process'

import { UsageError } from '../core/errors.ts'
import type { HostFacts, Placement } from '../core/host-facts.ts'
import { readAffinity } from './cpu.ts'

/** What the placement depends on besides the machine. */
export interface PlacementOptions {
  /** Simulated upstreams run beside the generator. */
  readonly simulators: boolean
  /** tune starts the target, so it can be pinned. */
  readonly targetIsOurs: boolean
  /** Processes can be pinned here; see `canPin`. */
  readonly canPin: boolean
  /** With `quota`: how many CPUs the target gets, above 0; without it, as many as there are for it. */
  readonly quotaCpus?: number | undefined
}

/**
 * Decides which CPUs the target and the generator run on.
 *
 * Apart, neither takes CPU time from the other, so that figures per request hold for a machine without a generator. The
 * generator side (with the simulators) gets a third of the CPUs, of two or three CPUs what half leaves it.
 * SMT siblings are not told apart.
 *
 * @param wanted `auto` is `split` wherever that is possible; `quota` is `split` with less CPU time for the target, as a
 *   container would give it (see `createCpuQuota`)
 * @throws {UsageError} when a quota is wanted for a target that is not ours
 */
export function planPlacement(
  host: HostFacts,
  wanted: 'auto' | Placement['mode'],
  options: PlacementOptions,
): Placement {
  if (wanted === 'quota') return underQuota(host, options)
  const cpus = host.cpus.affinity
  if (wanted === 'shared') return shared(host, 'Target and generator share all CPUs, as asked for')
  if (cpus.length < 2)
    return shared(host, 'Target and generator share the CPUs, because fewer than two are known to be usable')
  if (!options.canPin)
    return shared(host, 'Target and generator share all CPUs, because taskset cannot pin processes here')
  return options.targetIsOurs ? split(host, options.simulators) : splitFromForeignTarget(host)
}

let pinningWorks: boolean | undefined

/** Whether processes can be pinned to CPUs here: tried once, because taskset may be missing, too old or forbidden. */
export function canPin(): boolean {
  pinningWorks ??=
    process.platform === 'linux' &&
    spawnSync('taskset', ['-c', readAffinity('/').join(','), 'true'], { timeout: 2_000 }).status === 0
  return pinningWorks
}

function shared(host: HostFacts, reason: string): Placement {
  return {
    mode: 'shared',
    targetCpus: [],
    generatorCpus: [],
    targetEffectiveCpus: host.cpus.effective,
    generatorMaySpin: false,
    explanation: `${reason}; latencies are an upper bound.`,
  }
}

function split(host: HostFacts, simulators: boolean): Placement {
  const cpus = host.cpus.affinity
  const targetCount =
    cpus.length > 3 ? cpus.length - Math.max(1, Math.floor(cpus.length / 3)) : Math.floor(cpus.length / 2)
  const [targetCpus, generatorCpus] = [cpus.slice(0, targetCount), cpus.slice(targetCount)]
  const company = simulators ? 'generator and simulated upstreams' : 'generator'
  return {
    mode: 'split',
    targetCpus,
    generatorCpus,
    targetEffectiveCpus: Math.min(targetCount, host.cpus.effective),
    generatorMaySpin: generatorCpus.length >= (simulators ? 2 : 1) && !quotaBinds(host),
    explanation: `The target runs on ${named(targetCpus)}, ${company} on ${named(generatorCpus)}, so that neither takes CPU time from the other.`,
  }
}

function splitFromForeignTarget(host: HostFacts): Placement {
  const generatorCpus = host.cpus.affinity.slice(-1)
  return {
    mode: 'split',
    targetCpus: [],
    generatorCpus,
    targetEffectiveCpus: Math.min(host.cpus.affinity.length - 1, host.cpus.effective),
    generatorMaySpin: !quotaBinds(host),
    explanation: `The generator runs on ${named(generatorCpus)}; the target is not started by tune and runs wherever it is.`,
  }
}

/** The quota bounds the time; the pinning still keeps the generator out of the target's way. */
function underQuota(host: HostFacts, options: PlacementOptions): Placement {
  if (!options.targetIsOurs) {
    throw new UsageError('a quota can only be given to a target that tune starts', {
      hint: 'use --cmd instead of --url, or leave out --placement quota',
    })
  }
  const apart = planPlacement(host, 'auto', options)
  const available = apart.targetEffectiveCpus
  const { quotaCpus = available } = options
  const targetEffectiveCpus = Math.min(quotaCpus, available)
  const gets = `The target gets ${amountOf(targetEffectiveCpus)} by a quota`
  const lessThanAsked = quotaCpus > available ? ` (${amountOf(quotaCpus)} asked for, more than there are for it)` : ''
  return { ...apart, mode: 'quota', targetEffectiveCpus, explanation: `${gets}${lessThanAsked}. ${apart.explanation}` }
}

/** A spinning generator would use up the quota that the target lives on. */
function quotaBinds({ cpus }: HostFacts): boolean {
  return cpus.quota !== null && cpus.quota < cpus.affinity.length
}

function amountOf(cpus: number): string {
  const rounded = Number(cpus.toFixed(2))
  return `${rounded} ${rounded === 1 ? 'CPU' : 'CPUs'}`
}

function named(cpus: readonly number[]): string {
  return `${cpus.length === 1 ? 'CPU' : 'CPUs'} ${cpus.join(', ')}`
}

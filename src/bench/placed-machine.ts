import type { BenchEvent } from '../core/events.ts'
import type { HostFacts, Placement } from '../core/host-facts.ts'
import { detectHost } from '../host/detect.ts'
import { pinSelf } from '../host/pinned-process.ts'
import { canPin, planPlacement } from '../host/placement.ts'
import { type CpuQuota, createCpuQuota } from '../host/quota.ts'
import type { BenchOptions } from './bench.ts'

/** What everything that is measured together shares. */
export interface PlacedMachine {
  readonly host: HostFacts
  readonly placement: Placement
  /** That the target is under; undefined without one. */
  readonly quota: CpuQuota | undefined
}

/**
 * Looks at the machine, decides which CPUs target and generator get, keeps to that while `measure` goes on, and puts
 * everything back whatever happens.
 *
 * @throws {UsageError} when a quota is wanted for a target that is not ours
 * @throws {TargetError} when no CPU quota can be created
 */
export async function onPlacedMachine<Result>(
  options: Pick<BenchOptions, 'placement' | 'cpusOverride' | 'target'>,
  emit: (event: BenchEvent) => void,
  measure: (machine: PlacedMachine) => Promise<Result>,
): Promise<Result> {
  const isQuota = options.placement === 'quota'
  const host = detectHost(options.cpusOverride === undefined || isQuota ? {} : { cpusOverride: options.cpusOverride })
  const placement = planPlacement(host, options.placement, {
    simulators: options.target.kind === 'bundled',
    targetIsOurs: options.target.kind !== 'url',
    canPin: canPin(),
    quotaCpus: options.cpusOverride,
  })
  const quota = isQuota ? createCpuQuota(placement.targetEffectiveCpus) : undefined
  let unpin: (() => Promise<void>) | undefined
  try {
    if (placement.generatorCpus.length > 0) unpin = await pinSelf(placement.generatorCpus)
    emit({ type: 'detected', host, placement })
    return await measure({ host, placement, quota })
  } finally {
    emit({ type: 'finished' })
    await quota?.remove()
    await unpin?.()
  }
}

import type { Milliseconds } from '../core/clock.ts'
import type { ServerOptions } from './options.ts'
import type { ReplacementReason } from './supervisor-events.ts'

/** When and why a worker is to be replaced. */
export interface Wear {
  readonly reason: ReplacementReason
  readonly fromMs: Milliseconds
}

/** A worker as far as its replacement goes. */
export interface Replaceable {
  readonly options: ServerOptions
  readonly worn: Wear | undefined
}

/** One place among the workers: who serves there, and who will. */
export interface WorkerSlot<Member extends Replaceable> {
  readonly index: number
  serving: Member | undefined
  /** Takes over as soon as it serves. */
  starting: Member | undefined
}

/** Of the workers, those that may be replaced at the same time. */
const REPLACED_FRACTION = 0.25
/** Workers that drain have requests under way but use memory: so many of them for each worker that serves. */
const DRAINING_PER_WORKER = 2

/** Why and since when a worker is to be replaced; undefined when it is as good as new. */
export function wearOf(
  { options, worn }: Replaceable,
  current: ServerOptions,
  currentSinceMs: Milliseconds,
): Wear | undefined {
  return options === current ? worn : { reason: 'reload', fromMs: currentSinceMs }
}

/**
 * The slots whose worker gets a successor now, the one worn longest first: never more than a quarter of the workers
 * (rounded up) at a time, and none while twice as many workers as serve are draining.
 */
export function nextToReplace<Member extends Replaceable>(
  slots: readonly WorkerSlot<Member>[],
  nowMs: Milliseconds,
  current: {
    readonly options: ServerOptions
    readonly optionsSinceMs: Milliseconds
    /** Workers that serve nobody new any more but have not ended. */
    readonly draining: number
  },
): readonly WorkerSlot<Member>[] {
  const { workers } = current.options
  const underWay = slots.filter(({ serving, starting }) => serving !== undefined && starting !== undefined).length
  const free = Math.min(
    Math.ceil(workers * REPLACED_FRACTION) - underWay,
    workers * DRAINING_PER_WORKER - current.draining - underWay,
  )
  if (free <= 0) return []
  const due = slots.flatMap((slot) => {
    if (slot.serving === undefined || slot.starting !== undefined) return []
    const wear = wearOf(slot.serving, current.options, current.optionsSinceMs)
    return wear === undefined || wear.fromMs > nowMs ? [] : [{ slot, fromMs: wear.fromMs }]
  })
  return due
    .toSorted((a, b) => a.fromMs - b.fromMs)
    .slice(0, free)
    .map(({ slot }) => slot)
}

import { workersThatFit } from '../memory.ts'
import { EQUALLY_GOOD, MOST_WORKERS, type WorkerChoice } from '../workers.ts'
import { type Belief, believe, type CountBelief } from './belief.ts'
import { whyIgnored } from './ignored.ts'
import { doubtsAbout, SURE_ENOUGH, whyDoubted, whyMore, whyProbed, whySettled } from './reasons.ts'
import type { SearchStep, WorkerSearch } from './worker-search.ts'

/** The boots of one comparison: ABBA, two pairs. */
export const BOOTS_PER_COMPARISON = 4

/** A smaller count that is as good is worth another boot when it saves this share of the workers. */
const WORTHWHILE_SAVING = 0.1

/** One that may well be as good is so only in the first few boots. */
const PROMISING = 0.5
const BOOTS_FOR_PROMISES = 5

/** Chances that differ by less are alike: they come from a sample of what is possible. */
const AS_LIKELY = 0.02

/** CPUs this busy are full: what is missing goes to the kernel and to what else runs. */
const FULL_CPUS = 0.9

/** Neighbours of large counts are this far away: closer ones cannot be told apart. */
const NEIGHBOUR_DISTANCE = 1.25

/**
 * What to do next to find the smallest worker count within 3 % of the best: measure another one, compare two side by side,
 * or stop.
 *
 * All that could be true of the target is kept in mind at once and weighed by what was measured (see `possibleWorlds`), with
 * the two-bottleneck model in each. So one figure that is off by its noise decides nothing, a bound that workers share is
 * believed after a probe that shows it, and evidence that is enough ends the search.
 *
 * @throws {RangeError} when the search allows no worker, or its first probe had another count than 1
 */
export function nextStep(search: WorkerSearch): SearchStep {
  if (!(search.mostWorkers >= 1)) throw new RangeError(`at least one worker must be allowed, got ${search.mostWorkers}`)
  const [calibration] = search.probes
  if (calibration === undefined) return { kind: 'probe', workers: 1, why: 'one worker shows what a request costs' }
  if (calibration.workers !== 1) throw new RangeError(`the first probe has 1 worker, got ${calibration.workers}`)
  const ignored = whyIgnored(search)
  if (ignored !== null) return { kind: 'ignored', why: ignored }

  const fit = fittingWorkers(search)
  const most = Math.max(1, Math.min(Math.floor(search.mostWorkers), MOST_WORKERS, fit))
  const belief = believe(search, most)
  const wanted = candidateOf(belief.counts)
  const measured = smallestSure(belief.counts.filter((count) => isProbed(search, count.workers)))
  if (search.bootsLeft < 1) return settle(search, belief, measured ?? bestMeasured(search, belief), fit)
  if (measured !== null) {
    const saving = belief.counts.find((count) => isWorthwhile(search, count, measured))
    if (saving !== undefined) return { kind: 'probe', workers: saving.workers, why: whyProbed(saving) }
    const [more] = neighboursOf(measured.workers, most)
    return hasSeenCeiling(search, measured.workers) || more === undefined || more < measured.workers
      ? settle(search, belief, measured, fit)
      : { kind: 'probe', workers: more, why: whyMore(measured) }
  }
  if (!isProbed(search, wanted.workers)) return { kind: 'probe', workers: wanted.workers, why: whyProbed(wanted) }
  return doubt(search, belief, wanted, most) ?? settle(search, belief, wanted, fit)
}

/** The step that tells more about a count whose evidence is short; null when nothing affordable does. */
function doubt(search: WorkerSearch, belief: Belief, wanted: CountBelief, most: number): SearchStep | null {
  const neighbours = neighboursOf(wanted.workers, most)
    .map((workers) => ({ workers, chance: belief.chanceBeaten(workers, wanted.workers) }))
    .sort((a, b) => b.chance - a.chance)
  const unprobed = neighbours.find(({ workers }) => !isProbed(search, workers))
  const [rival] = neighbours
  if (rival === undefined) return null
  if (unprobed !== undefined && unprobed.chance >= rival.chance / 2)
    return { kind: 'probe', workers: unprobed.workers, why: whyDoubted(wanted) }
  if (search.bootsLeft < BOOTS_PER_COMPARISON) return null
  const pair = [Math.min(rival.workers, wanted.workers), Math.max(rival.workers, wanted.workers)] as const
  const isCompared = search.comparisons.some(({ workers }) => workers[0] === pair[0] && workers[1] === pair[1])
  return isCompared ? null : { kind: 'compare', workers: pair, why: whyDoubted(wanted) }
}

function neighboursOf(workers: number, most: number): readonly number[] {
  const up = Math.min(most, Math.max(workers + 1, Math.round(workers * NEIGHBOUR_DISTANCE)))
  const down = Math.max(1, Math.min(workers - 1, Math.round(workers / NEIGHBOUR_DISTANCE)))
  return [up, down].filter((neighbour) => neighbour !== workers)
}

/** A worker count, and what it should serve. */
export interface CarriedOver {
  readonly workers: number
  readonly throughputPerS: number
  /** Workers that fit into memory; infinite when the memory of one was not measured. */
  readonly fit: number
}

/**
 * The count to expect on a machine with another number of CPUs and the same memory, by all that was measured: costs per
 * request, and bounds that workers share, are taken to be the same there.
 */
export function carriedOver(search: WorkerSearch, cpus: number): CarriedOver {
  const fit = fittingWorkers(search)
  const most = Math.max(1, Math.min(Math.floor(search.mostWorkers), MOST_WORKERS, fit))
  const { counts } = believe(search, most, cpus)
  const enoughPerS = EQUALLY_GOOD * Math.max(...counts.map(({ throughputPerS }) => throughputPerS))
  const { workers, throughputPerS } = counts.find((count) => count.throughputPerS >= enoughPerS) ?? likeliest(counts)
  return { workers, throughputPerS, fit }
}

/** The smallest count that is surely good; where none is, the likeliest. */
function candidateOf(counts: readonly CountBelief[]): CountBelief {
  return smallestSure(counts) ?? likeliest(counts)
}

function smallestSure(counts: readonly CountBelief[]): CountBelief | null {
  return counts.find((count) => count.chanceGood >= SURE_ENOUGH) ?? null
}

/** The smallest of those that are as likely as any: a difference of some points in a chance is none in a boot. */
function likeliest(counts: readonly CountBelief[]): CountBelief {
  const greatest = counts.reduce((best, count) => (count.chanceGood > best.chanceGood ? count : best))
  return counts.find((count) => count.chanceGood >= greatest.chanceGood - AS_LIKELY) ?? greatest
}

/** Of the counts that were measured, the likeliest. */
function bestMeasured(search: WorkerSearch, { counts }: Belief): CountBelief {
  return likeliest(counts.filter((count) => isProbed(search, count.workers)))
}

/** Whether a count that saves workers deserves a boot although a larger one is known to be good. */
function isWorthwhile(search: WorkerSearch, count: CountBelief, measured: CountBelief): boolean {
  if (count.workers > measured.workers * (1 - WORTHWHILE_SAVING) || isProbed(search, count.workers)) return false
  return count.chanceGood >= (search.probes.length < BOOTS_FOR_PROMISES ? PROMISING : SURE_ENOUGH)
}

/** Whether full CPUs, or a larger count that was tried, show that more workers than these cannot serve much more. */
function hasSeenCeiling({ cpus, probes }: WorkerSearch, workers: number): boolean {
  return probes.some(
    (probe) => probe.workers > workers || (probe.workers === workers && (probe.cpus ?? 0) >= FULL_CPUS * cpus),
  )
}

function isProbed({ probes }: WorkerSearch, workers: number): boolean {
  return probes.some((probe) => probe.workers === workers)
}

/** Counted with the largest worker that was seen: a probe with more of them may use more than the first one promised. */
function fittingWorkers({ memoryLimitBytes, probes }: WorkerSearch): number {
  const workerBytes = Math.max(0, ...probes.map((probe) => probe.workerBytes ?? 0))
  if (workerBytes === 0) return Number.POSITIVE_INFINITY
  return workersThatFit(memoryLimitBytes, Math.max(...probes.map((probe) => probe.primaryBytes)), workerBytes)
}

function settle(search: WorkerSearch, belief: Belief, chosen: CountBelief, fit: number): SearchStep {
  const measured = search.probes.filter((probe) => probe.workers === chosen.workers)
  const throughputPerS =
    measured.length === 0
      ? chosen.throughputPerS
      : measured.reduce((sum, probe) => sum + probe.throughputPerS, 0) / measured.length
  const binding = bindingOf(search, belief, chosen, fit)
  return {
    kind: 'settled',
    workers: chosen.workers,
    throughputPerS,
    binding,
    why: whySettled(search, chosen, binding),
    doubts: doubtsAbout(search, chosen, binding),
  }
}

function bindingOf(search: WorkerSearch, belief: Belief, chosen: CountBelief, fit: number): WorkerChoice['binding'] {
  const more = Math.max(chosen.workers + 1, Math.round(chosen.workers * NEIGHBOUR_DISTANCE))
  const isMemoryFull = chosen.workers >= Math.max(1, fit) && chosen.workers < search.mostWorkers
  if (isMemoryFull && belief.chanceBeaten(more, chosen.workers) > 0.5) return 'memory'
  return belief.bottleneckAt(more)
}

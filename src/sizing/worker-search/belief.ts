import { type Bottleneck, EQUALLY_GOOD, predictThroughput } from '../workers.ts'
import { logLikelihood } from './likelihood.ts'
import type { WorkerSearch } from './worker-search.ts'
import { possibleWorlds, type World } from './worlds.ts'

/** Worlds that are so much less likely than the likeliest count for nothing. */
const LEAST_WEIGHT = 1e-4

/** What the evidence says of one worker count. */
export interface CountBelief {
  readonly workers: number
  /** That it serves at least 97 % of what the best count does, 0..1. */
  readonly chanceGood: number
  /** Mean of what the possible worlds predict, 1/s. */
  readonly throughputPerS: number
}

/** What the evidence says of all counts. */
export interface Belief {
  /** From 1 worker up; every count when they are few, steps of about 8 % beyond. */
  readonly counts: readonly CountBelief[]
  /** The chance that a count serves over 3 % more than another one. */
  chanceBeaten(by: number, workers: number): number
  /** What most likely keeps more workers from serving more. */
  bottleneckAt(workers: number): Bottleneck
}

interface WeighedWorld {
  readonly world: World
  /** They add up to 1. */
  readonly weight: number
}

/**
 * Weighs every possible world by how well it explains the probes and comparisons, and asks each for its best count.
 *
 * @param mostWorkers counts above are left out, as if they did not exist
 * @param onCpus of the machine that is asked about, when it is another one than was measured
 */
export function believe(
  { cpus, probes, comparisons }: WorkerSearch,
  mostWorkers: number,
  onCpus: number = cpus,
): Belief {
  const worlds = weigh(
    possibleWorlds(cpus, probes).map((world) => ({ world, logWeight: logLikelihood(world, probes, comparisons) })),
  ).map(({ world, weight }) => ({ weight, world: withCpus(world, onCpus / cpus) }))
  const candidates = candidateCounts(mostWorkers, [
    ...probes.map((probe) => probe.workers),
    ...comparisons.flatMap((comparison) => comparison.workers),
  ])
  const good = candidates.map(() => 0)
  const means = candidates.map(() => 0)
  for (const { world, weight } of worlds) {
    const curve = candidates.map((workers) => throughputIn(world, workers))
    const goodEnough = EQUALLY_GOOD * Math.max(...curve)
    curve.forEach((throughputPerS, index) => {
      means[index] = (means[index] ?? 0) + weight * throughputPerS
      if (throughputPerS >= goodEnough) good[index] = (good[index] ?? 0) + weight
    })
  }
  return {
    counts: candidates.map((workers, index) => ({
      workers,
      chanceGood: good[index] ?? 0,
      throughputPerS: means[index] ?? 0,
    })),
    chanceBeaten: (by, workers) =>
      share(worlds, (world) => throughputIn(world, workers) < EQUALLY_GOOD * throughputIn(world, by)),
    bottleneckAt: (workers) => likeliestBottleneck(worlds, workers),
  }
}

/** Worlds differ in how much of their CPUs can be used. */
function withCpus({ demand, ...world }: World, times: number): World {
  return { ...world, demand: { ...demand, cpus: demand.cpus * times } }
}

function throughputIn({ demand }: World, workers: number): number {
  return predictThroughput(workers, demand).throughputPerS
}

function weigh(worlds: readonly { readonly world: World; readonly logWeight: number }[]): readonly WeighedWorld[] {
  const greatest = worlds.reduce((most, { logWeight }) => Math.max(most, logWeight), Number.NEGATIVE_INFINITY)
  const weighed = worlds
    .map(({ world, logWeight }) => ({ world, weight: Math.exp(logWeight - greatest) }))
    .filter(({ weight }) => weight > LEAST_WEIGHT)
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0)
  return weighed.map(({ world, weight }) => ({ world, weight: weight / total }))
}

function share(worlds: readonly WeighedWorld[], isTrueIn: (world: World) => boolean): number {
  return worlds.reduce((sum, { world, weight }) => (isTrueIn(world) ? sum + weight : sum), 0)
}

function likeliestBottleneck(worlds: readonly WeighedWorld[], workers: number): Bottleneck {
  const weights = new Map<Bottleneck, number>()
  for (const { world, weight } of worlds) {
    const { bottleneck } = predictThroughput(workers, world.demand)
    weights.set(bottleneck, (weights.get(bottleneck) ?? 0) + weight)
  }
  return [...weights].reduce((most, each) => (each[1] > most[1] ? each : most), ['event loop', 0] as const)[0]
}

/** Counts that can be told apart: 1 to 12, then steps of about 8 %; and those that were measured. */
function candidateCounts(mostWorkers: number, measured: readonly number[]): readonly number[] {
  const counts = new Set([...measured, mostWorkers])
  for (let workers = 1; workers <= mostWorkers; workers += Math.max(1, Math.round(workers * 0.08))) counts.add(workers)
  return [...counts].filter((workers) => workers <= mostWorkers).sort((a, b) => a - b)
}

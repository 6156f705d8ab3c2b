import { type Random, seededRandom } from '../../core/random.ts'
import type { Demand } from '../workers.ts'
import type { WorkerProbe } from './worker-search.ts'

/** Enough that some dozens are left when five probes have spoken; few enough for some tens of milliseconds. */
const WORLDS = 8_000

/** The same evidence gives the same answer. */
const SEED = 1

/** How much boots of the same target differ in throughput, coefficient of variation: from a quiet host to a shared one. */
const LEAST_BOOT_SPREAD = 0.015
const MOST_BOOT_SPREAD = 0.1

/** How much they differ in CPU time per request. */
export const CPU_TIME_SPREAD = 0.015

/** At most so much less than all of its time does a saturated CPU or loop work. */
const MOST_IDLE_AT_SATURATION = 0.3

/** One worker serves at least a twentieth of what it could when something else holds it up. */
const MOST_HIDDEN_SPEED = 20

/** With each doubling of the workers: 1 where nothing that one has fetched or cached serves another. */
const MOST_CPU_GROWTH = 1
const MOST_WAITING_GROWTH = 0.3
const MOST_OVERSUBSCRIPTION_PENALTY = 0.15

/** `capacityPerS` takes a saturated resource to be this busy. */
const SATURATED_UTILIZATION = 0.95

/** What keeps one worker from serving more, and how likely that is before anything else is known. */
const CAUSES = [
  ['loop is busy', 0.4],
  ['worker is held', 0.25],
  ['cpus are full', 0.2],
  ['something is shared', 0.15],
] as const

type Cause = (typeof CAUSES)[number][0]

/** A target that could be the one that was measured. */
export interface World {
  readonly demand: Demand
  /** Coefficient of variation of the throughput between boots. */
  readonly bootSpread: number
  /** It was made from the throughput of the first probe, which therefore cannot speak for it again. */
  readonly isMadeFromCalibration: boolean
}

/** What the probes say directly, before any model. */
interface Measured {
  readonly cpus: number
  readonly calibration: WorkerProbe
  readonly fastestPerS: number
  readonly probes: number
  readonly cpuTime: FigureOverProbes | null
  readonly busyLoop: FigureOverProbes | null
}

/** The mean of a figure over all probes that have it, so that it can be brought back to one worker for any growth. */
interface FigureOverProbes {
  readonly meanLogarithm: number
  /** Of the workers, from one up. */
  readonly meanDoublings: number
}

/**
 * Targets that could lie behind the probes, each with its own reason why one worker serves no more: its loop is busy, it is
 * held up, the CPUs are full, or it meets a bound that all workers share. Most have nothing that grows with the workers and
 * no bound beyond the CPUs, so that such a thing is believed only when the probes say it beyond their noise.
 *
 * @param probes the first of them with one worker
 */
export function possibleWorlds(cpus: number, probes: readonly WorkerProbe[]): readonly World[] {
  const [calibration] = probes
  if (calibration === undefined) return []
  const measured: Measured = {
    cpus,
    calibration,
    fastestPerS: Math.max(...probes.map((probe) => probe.throughputPerS)),
    probes: probes.length,
    cpuTime: figureOver(probes, 'cpuMsPerRequest'),
    busyLoop: figureOver(probes, 'busyLoopMsPerRequest'),
  }
  const random = seededRandom(SEED)
  return Array.from({ length: WORLDS }, (_, index) => drawWorld(causeOf(index / WORLDS), measured, random))
}

function causeOf(position: number): Cause {
  let upTo = 0
  for (const [cause, share] of CAUSES) {
    upTo += share
    if (position < upTo) return cause
  }
  return 'something is shared'
}

function drawWorld(cause: Cause, measured: Measured, random: Random): World {
  const bootSpread = LEAST_BOOT_SPREAD + (MOST_BOOT_SPREAD - LEAST_BOOT_SPREAD) * random()
  const cpuGrowth = sometimes(0.45, random) * MOST_CPU_GROWTH * random() ** 2
  const waitingGrowth = sometimes(0.4, random) * MOST_WAITING_GROWTH * random() ** 2
  const busyShare = 1 - MOST_IDLE_AT_SATURATION * random() ** 2
  const cpuMs = drawCpuMs(measured, cpuGrowth, random)
  const measuredPerS = measured.calibration.throughputPerS * Math.exp(bootSpread * standardNormal(random))
  const bounds = drawBounds(cause, measured, {
    measuredPerS,
    cpuPerS: (busyShare * measured.cpus * 1_000) / cpuMs,
    loopPerS: (busyShare * 1_000) / (atOneWorker(measured.busyLoop, cpuGrowth) ?? cpuMs),
    random,
  })
  return {
    bootSpread,
    isMadeFromCalibration: cause === 'worker is held' || cause === 'something is shared',
    demand: {
      cpus: (measured.cpus * busyShare) / SATURATED_UTILIZATION,
      cpuMs,
      busyLoopMs: (SATURATED_UTILIZATION * 1_000) / bounds.workerPerS,
      primaryCpuMs: 0,
      sharedPerS: bounds.sharedPerS,
      cpuGrowth,
      waitingGrowth,
      oversubscriptionPenalty: MOST_OVERSUBSCRIPTION_PENALTY * random(),
      kneeSoftness: random(),
    },
  }
}

/** What one worker, and what all of them together, could serve if nothing else held them up. */
function drawBounds(
  cause: Cause,
  { calibration }: Measured,
  draw: { readonly measuredPerS: number; readonly cpuPerS: number; readonly loopPerS: number; readonly random: Random },
): { readonly workerPerS: number; readonly sharedPerS: number } {
  const { measuredPerS, cpuPerS, loopPerS, random } = draw
  const hiddenPerS = measuredPerS * MOST_HIDDEN_SPEED ** random()
  const sharedPerS = sometimes(0.25, random) === 1 ? between(measuredPerS, cpuPerS, random()) : Number.POSITIVE_INFINITY
  switch (cause) {
    case 'loop is busy':
      return { workerPerS: loopPerS, sharedPerS }
    case 'worker is held':
      return { workerPerS: measuredPerS, sharedPerS }
    case 'cpus are full':
      return { workerPerS: hiddenPerS, sharedPerS: Number.POSITIVE_INFINITY }
    case 'something is shared': {
      const isLoopSeen = calibration.busyLoopMsPerRequest !== null
      return { workerPerS: isLoopSeen ? Math.max(loopPerS, measuredPerS) : hiddenPerS, sharedPerS: measuredPerS }
    }
  }
}

/** CPU time per request with one worker; where nobody could measure it, anything that the CPUs allow. */
function drawCpuMs({ cpuTime, probes, cpus, fastestPerS }: Measured, growth: number, random: Random): number {
  const mean = atOneWorker(cpuTime, growth)
  return mean === null
    ? (between(0.02, 1, random()) * cpus * 1_000) / fastestPerS
    : mean * Math.exp((CPU_TIME_SPREAD / Math.sqrt(probes)) * standardNormal(random))
}

function figureOver(
  probes: readonly WorkerProbe[],
  figure: 'cpuMsPerRequest' | 'busyLoopMsPerRequest',
): FigureOverProbes | null {
  const known = probes.flatMap((probe) => {
    const value = probe[figure]
    return value === null ? [] : [{ value, workers: probe.workers }]
  })
  if (known.length === 0) return null
  return {
    meanLogarithm: known.reduce((sum, { value }) => sum + Math.log(value), 0) / known.length,
    meanDoublings: known.reduce((sum, { workers }) => sum + Math.log2(workers), 0) / known.length,
  }
}

function atOneWorker(figure: FigureOverProbes | null, growthPerDoubling: number): number | null {
  return figure === null ? null : Math.exp(figure.meanLogarithm - figure.meanDoublings * Math.log1p(growthPerDoubling))
}

/** Even on a logarithmic scale. */
function between(low: number, high: number, position: number): number {
  return low * (high / low) ** position
}

function sometimes(chance: number, random: Random): 0 | 1 {
  return random() < chance ? 1 : 0
}

/** @see Box & Muller 1958 */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

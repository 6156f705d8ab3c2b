import type { Milliseconds } from '../core/clock.ts'
import { capacityPerS } from './utilization.ts'

/**
 * Throughput lost when twice as many threads want to run as there are CPUs. The automaxprocs README's table for a quota
 * of 2 CPUs lost 8 % at 4 threads.
 */
const OVERSUBSCRIPTION_PENALTY = 0.08

/** Worker counts whose throughput is this close to the best are equally good: the smallest of them is taken. */
export const EQUALLY_GOOD = 0.97

/** The most workers that the settings allow. */
export const MOST_WORKERS = 100

/** Far beyond `MOST_WORKERS`, so that the limit of the search does not change what is found below it. */
const MOST_CANDIDATES = 1_000

/** What requests ask of a target: measured per completed request. */
export interface Demand {
  /** CPUs that all workers share; fractional under a quota. */
  readonly cpus: number
  /** CPU time of all processes with one worker; above 0. */
  readonly cpuMs: Milliseconds
  /**
   * Time in which the event loop was really busy: computing, or blocked inside a callback. Waiting for I/O is not. For a
   * target that cannot be looked into, the time for which a request holds its worker. Above 0.
   */
  readonly busyLoopMs: Milliseconds
  /** CPU time of the process that hands out connections; 0 when there is none. */
  readonly primaryCpuMs: Milliseconds
  /** Requests per second that something all workers share lets through: an upstream, a lock, a database. Unlimited when absent. */
  readonly sharedPerS?: number
  /** Growth of CPU time with each doubling of the workers, 0 or more: caches of their own, each with fewer hits. 0 when absent. */
  readonly cpuGrowth?: number
  /** Growth of the time on the loop with each doubling of the workers, 0 or more: they wait for each other. 0 when absent. */
  readonly waitingGrowth?: number
  /** Throughput lost per CPU's worth of threads too many, as a fraction. 0.08 when absent. */
  readonly oversubscriptionPenalty?: number
  /**
   * How much workers that block get into each other's way when they compute: 0 as if they took turns (the default when
   * absent), 1 as if they met at random.
   */
  readonly kneeSoftness?: number
}

/** What ends the growth of throughput. */
export type Bottleneck = 'event loop' | 'cpu' | 'primary process' | 'shared resource'

/** Throughput with some number of workers, and what limits it. */
export interface Prediction {
  readonly throughputPerS: number
  readonly bottleneck: Bottleneck
}

/**
 * Throughput of a number of workers by the two-bottleneck model: it grows with the event loops until the CPUs are full.
 *
 * A worker wants a CPU only while it computes, so workers that block (synchronous I/O) may outnumber the CPUs for free;
 * workers that compute pay for it.
 */
export function predictThroughput(workers: number, demand: Demand): Prediction {
  const held = heldMs(workers, demand)
  const loopPerS = capacityPerS(workers, held)
  const cpuPerS = capacityPerS(demand.cpus, cpuMsWith(workers, demand))
  const prediction: { throughputPerS: number; bottleneck: Bottleneck } =
    loopPerS <= cpuPerS
      ? { throughputPerS: loopPerS, bottleneck: 'event loop' }
      : { throughputPerS: cpuPerS, bottleneck: 'cpu' }
  if (demand.kneeSoftness !== undefined) {
    const blockedShare = Math.max(0, 1 - demand.cpuMs / held)
    const closeness = Math.min(loopPerS, cpuPerS) / Math.max(loopPerS, cpuPerS)
    prediction.throughputPerS *= 1 - demand.kneeSoftness * blockedShare * lossAtKnee(closeness, demand.cpus)
  }
  const primaryPerS = capacityPerS(1, demand.primaryCpuMs)
  if (primaryPerS < prediction.throughputPerS) return { throughputPerS: primaryPerS, bottleneck: 'primary process' }
  const sharedPerS = demand.sharedPerS ?? Number.POSITIVE_INFINITY
  if (sharedPerS < prediction.throughputPerS) return { throughputPerS: sharedPerS, bottleneck: 'shared resource' }
  return prediction
}

/**
 * CPU time per request with a number of workers.
 *
 * @param isContended threads that outnumber the CPUs wait for them, and cost each other something
 */
export function cpuMsWith(workers: number, demand: Demand, isContended = true): Milliseconds {
  const { cpus, cpuMs, busyLoopMs, cpuGrowth = 0, oversubscriptionPenalty = OVERSUBSCRIPTION_PENALTY } = demand
  const grownMs = cpuMs * grown(workers, cpuGrowth)
  const runnable = workers * Math.min(1, cpuMs / busyLoopMs)
  const atLeastOneCpu = Math.max(1, cpus)
  if (!isContended || runnable <= atLeastOneCpu) return grownMs
  return grownMs * (1 + oversubscriptionPenalty * (runnable / atLeastOneCpu - 1))
}

/** How long a request holds its worker, computing and blocked. */
function heldMs(workers: number, { cpuMs, busyLoopMs, cpuGrowth = 0, waitingGrowth = 0 }: Demand): Milliseconds {
  const computingMs = Math.min(cpuMs, busyLoopMs)
  return busyLoopMs * grown(workers, waitingGrowth) + computingMs * (grown(workers, cpuGrowth) - 1)
}

function grown(workers: number, growthPerDoubling: number): number {
  return growthPerDoubling === 0 || workers === 1 ? 1 : (1 + growthPerDoubling) ** Math.log2(workers)
}

/**
 * What random meetings cost where two bounds are close, as a fraction: up to 22 % on one CPU, less on more. The curve comes
 * within 6 points of exact queueing (the machine-repair model) on one to eight CPUs.
 */
function lossAtKnee(closeness: number, cpus: number): number {
  return (1.4 / Math.sqrt(Math.max(1, cpus))) * (1 - 1 / Math.sqrt(Math.sqrt(1 + (closeness * closeness) ** 2)))
}

/** A worker count, its predicted throughput, and what keeps more workers from helping. */
export interface WorkerChoice {
  readonly workers: number
  readonly throughputPerS: number
  readonly binding: Bottleneck | 'memory'
}

/**
 * The smallest number of workers whose predicted throughput is within 3 % of the best.
 *
 * @param workersThatFit how many fit into memory; one is recommended even when none does
 */
export function chooseWorkers(demand: Demand, workersThatFit: number): WorkerChoice {
  // With one more than this the loops could do more than the CPUs can, whatever the penalty: the best lies before it.
  const enough = Math.min(Math.ceil((demand.cpus * demand.busyLoopMs) / demand.cpuMs) + 1, MOST_CANDIDATES)
  const throughputs = Array.from({ length: enough }, (_, index) => predictThroughput(index + 1, demand).throughputPerS)
  const goodEnough = EQUALLY_GOOD * Math.max(...throughputs)
  const wanted = throughputs.findIndex((throughputPerS) => throughputPerS >= goodEnough) + 1
  const workers = Math.max(1, Math.min(wanted, workersThatFit, MOST_WORKERS))
  return {
    workers,
    throughputPerS: predictThroughput(workers, demand).throughputPerS,
    binding:
      workersThatFit < Math.min(wanted, MOST_WORKERS) ? 'memory' : predictThroughput(workers + 1, demand).bottleneck,
  }
}

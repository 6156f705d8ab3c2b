import type { Milliseconds } from '../core/clock.ts'
import { capacityPerS } from './utilization.ts'

/**
 * Throughput lost when twice as many threads want to run as there are CPUs. The automaxprocs README's table for a quota
 * of 2 CPUs lost 8 % at 4 threads.
 */
const OVERSUBSCRIPTION_PENALTY = 0.08

/** Worker counts whose throughput is this close to the best are equally good: the smallest of them is taken. */
const EQUALLY_GOOD = 0.97

/** The most workers that the settings allow. */
const MOST_WORKERS = 100

/** Far beyond `MOST_WORKERS`, so that the limit of the search does not change what is found below it. */
const MOST_CANDIDATES = 1_000

/** What requests ask of a target: measured per completed request. */
export interface Demand {
  /** CPUs that all workers share; fractional under a quota. */
  readonly cpus: number
  /** CPU time of all processes; above 0. */
  readonly cpuMs: Milliseconds
  /** Time in which the event loop was really busy: computing, or blocked inside a callback. Waiting for I/O is not. Above 0. */
  readonly busyLoopMs: Milliseconds
  /** CPU time of the process that hands out connections; 0 when there is none. */
  readonly primaryCpuMs: Milliseconds
}

/** What ends the growth of throughput. */
export type Bottleneck = 'event loop' | 'cpu' | 'primary process'

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
  const { cpus, cpuMs, busyLoopMs, primaryCpuMs } = demand
  const runnable = workers * Math.min(1, cpuMs / busyLoopMs)
  const atLeastOneCpu = Math.max(1, cpus)
  const oversubscription = Math.max(0, runnable - atLeastOneCpu) / atLeastOneCpu
  const bounds: readonly Prediction[] = [
    { bottleneck: 'event loop', throughputPerS: capacityPerS(workers, busyLoopMs) },
    {
      bottleneck: 'cpu',
      throughputPerS: capacityPerS(cpus, cpuMs) / (1 + OVERSUBSCRIPTION_PENALTY * oversubscription),
    },
    { bottleneck: 'primary process', throughputPerS: capacityPerS(1, primaryCpuMs) },
  ]
  return bounds.reduce((tightest, bound) => (bound.throughputPerS < tightest.throughputPerS ? bound : tightest))
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

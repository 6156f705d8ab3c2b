import { type Random, seededRandom } from '../../src/core/random.ts'
import { nextStep } from '../../src/sizing/worker-search/next-step.ts'
import type { SearchStep, WorkerComparison, WorkerProbe } from '../../src/sizing/worker-search/worker-search.ts'

/** What requests of a simulated target do, each with the resource that it takes; times in ms, 0 when absent. */
export interface SimulatedTarget {
  readonly cpus: number
  /** Computed on the event loop. */
  readonly loopMs: number
  /** Blocks the loop without computing. */
  readonly blockedMs?: number
  /** How blocked workers meet at the CPUs: in turn (the default), or at random, as exact queueing has it. */
  readonly meeting?: 'in turn' | 'at random'
  /** Computed on the four helper threads of a worker. */
  readonly helperMs?: number
  /** Computed by the one process that hands out connections. */
  readonly primaryMs?: number
  /** An upstream that all workers share lets so many requests through per second. */
  readonly sharedPerS?: number
  /** A cache in each worker: what a miss computes, and how many misses there are. */
  readonly cache?: { readonly missMs: number; readonly missRate: (workers: number) => number }
  /** Lost when runnable threads are twice the CPUs, as a fraction. */
  readonly penalty?: number
  /** What each further worker adds to the time that a request holds the loop, waiting: a fraction of that time. */
  readonly contention?: number
  /** The share of a full resource that really works, 0..1. */
  readonly busyShare?: number
  readonly workerBytes?: number
  /** It starts as many workers as it likes. */
  readonly isDeaf?: boolean
}

/** What can be known of a boot, and how much boots differ. */
export interface Conditions {
  /** Coefficient of variation of throughput between boots. */
  readonly bootSpread: number
  /** The busy time of the loop is not seen. */
  readonly isBlackBox: boolean
  readonly memoryLimitBytes?: number
  readonly boots?: number
  readonly seed: number
}

/** How a search ended, and what it took. */
export interface SearchResult {
  readonly end: Extract<SearchStep, { readonly kind: 'settled' | 'ignored' }>
  readonly boots: number
  /** In the order in which they were started; the boots of a comparison are not among them. */
  readonly probed: readonly number[]
  readonly comparisons: number
}

const HELPER_THREADS = 4
const CPU_TIME_SPREAD = 0.015
const PLENTY_OF_BYTES = 64 * 1024 ** 3

/** The throughput that a target truly has, by the laws of queues rather than by the model under test. */
export function trueThroughput(target: SimulatedTarget, workers: number): number {
  const { cpus, helperMs = 0, primaryMs = 0, sharedPerS = Number.POSITIVE_INFINITY, busyShare = 1 } = target
  const started = target.isDeaf === true ? 1 : workers
  const onLoopMs = onLoop(target, started)
  const blockedMs = blocked(target, started)
  const perS = [
    (started / (onLoopMs + blockedMs)) * 1_000 * busyShare,
    (started * HELPER_THREADS * 1_000) / helperMs,
    (cpus * busyShare * 1_000) / trueCpuMs(target, started),
    1_000 / primaryMs,
    sharedPerS,
  ]
  if (target.meeting === 'at random') perS.push(repairedPerS(started, cpus, onLoopMs, blockedMs) * busyShare)
  return Math.min(...perS)
}

/** CPU time per request of a target whose threads wait for each other. */
function trueCpuMs(target: SimulatedTarget, workers: number): number {
  const { cpus, helperMs = 0, primaryMs = 0, penalty = 0 } = target
  const onLoopMs = onLoop(target, workers)
  const computingMs = onLoopMs + helperMs
  const runnable = workers * Math.min(1, computingMs / (onLoopMs + blocked(target, workers)))
  const tooMany = Math.max(0, runnable - Math.max(1, cpus)) / Math.max(1, cpus)
  return (computingMs + primaryMs) * (1 + penalty * tooMany)
}

function onLoop({ loopMs, cache }: SimulatedTarget, workers: number): number {
  return loopMs + (cache === undefined ? 0 : cache.missMs * cache.missRate(workers))
}

function blocked(target: SimulatedTarget, workers: number): number {
  const { blockedMs = 0, contention = 0 } = target
  return blockedMs + contention * (workers - 1) * (blockedMs + onLoop(target, workers))
}

/** The machine-repair model: workers that block for an exponential time, then compute for one on one of the CPUs. */
function repairedPerS(workers: number, cpus: number, computeMs: number, blockedMs: number): number {
  if (blockedMs === 0) return Number.POSITIVE_INFINITY
  let [weight, total, busy] = [1, 1, 0]
  for (let computing = 1; computing <= workers; computing++) {
    weight *= ((workers - computing + 1) * computeMs) / (blockedMs * Math.min(computing, cpus))
    total += weight
    busy += weight * Math.min(computing, cpus)
  }
  return (busy / total / computeMs) * 1_000
}

/** The best throughput with any count up to `most`. */
export function bestThroughput(target: SimulatedTarget, most: number): number {
  return Math.max(...Array.from({ length: most }, (_, index) => trueThroughput(target, index + 1)))
}

/** How much a count falls short of the best one, 0..1. */
export function regretOf(target: SimulatedTarget, workers: number, most = 100): number {
  return 1 - trueThroughput(target, workers) / bestThroughput(target, most)
}

/** Plays a whole search: every step that is asked for is simulated, until one of them is an end. */
export function search(target: SimulatedTarget, conditions: Conditions): SearchResult {
  const { memoryLimitBytes = PLENTY_OF_BYTES, seed } = conditions
  const random = seededRandom(seed)
  const probes: WorkerProbe[] = []
  const comparisons: WorkerComparison[] = []
  let bootsLeft = conditions.boots ?? 10
  const boots = (): number => (conditions.boots ?? 10) - bootsLeft
  for (;;) {
    const step = nextStep({ cpus: target.cpus, memoryLimitBytes, mostWorkers: 100, probes, comparisons, bootsLeft })
    switch (step.kind) {
      case 'probe':
        probes.push(probe(target, step.workers, conditions, random))
        bootsLeft -= 1
        break
      case 'compare':
        comparisons.push(compare(target, step.workers, conditions, random))
        bootsLeft -= 4
        break
      case 'settled':
      case 'ignored':
        return {
          end: step,
          boots: boots(),
          probed: probes.map((each) => each.workers),
          comparisons: comparisons.length,
        }
    }
    if (bootsLeft < 0) throw new Error(`the search took ${boots()} boots`)
  }
}

function probe(target: SimulatedTarget, workers: number, conditions: Conditions, random: Random): WorkerProbe {
  const started = target.isDeaf === true ? 1 : workers
  const trueMs = trueCpuMs(target, started)
  const exactPerS = trueThroughput(target, workers)
  const isFull = exactPerS * trueMs > 999 * target.cpus * (target.busyShare ?? 1)
  // Threads cost each other nothing while CPUs idle.
  const cpuMs = (isFull ? trueMs : trueCpuMs({ ...target, penalty: 0 }, started)) * noise(CPU_TIME_SPREAD, random)
  const throughputPerS = exactPerS * noise(conditions.bootSpread, random)
  return {
    workers,
    throughputPerS,
    standardError: throughputPerS * 0.005,
    cpuMsPerRequest: cpuMs,
    busyLoopMsPerRequest: conditions.isBlackBox
      ? null
      : (onLoop(target, started) + blocked(target, started)) * noise(CPU_TIME_SPREAD, random),
    cpus: Math.min(target.cpus, (throughputPerS * cpuMs) / 1_000),
    processes: started,
    workerBytes: target.workerBytes ?? 50 * 1024 ** 2,
    primaryBytes: 0,
  }
}

function compare(
  target: SimulatedTarget,
  workers: readonly [number, number],
  { bootSpread }: Conditions,
  random: Random,
): WorkerComparison {
  const [fewer, more] = workers
  const ratio = trueThroughput(target, more) / trueThroughput(target, fewer)
  return { workers, ratios: [1, 2].map(() => ratio * noise(bootSpread * Math.SQRT2, random)) }
}

/** A factor around 1, log-normal. */
function noise(spread: number, random: Random): number {
  return Math.exp(spread * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
}

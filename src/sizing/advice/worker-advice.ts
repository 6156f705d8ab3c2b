import type { Evidence, Recommendation } from '../../core/recommendation.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { plannedWorkerBytes, workersThatFit } from '../memory.ts'
import type { SaturatedFigures, SizingInput } from '../sizing-input.ts'
import { intervalOf } from './spread.ts'
import { modelledCapacity, scalingEfficiency, utilization } from '../utilization.ts'
import { chooseWorkers, type WorkerChoice } from '../workers.ts'

/** A run that kept neither the CPUs nor the loops this busy did not fill the target. */
const FILLED_UTILIZATION = 0.7

/** The recommended worker count, and the throughput that the model gives the whole machine with it. */
export interface WorkerAdvice {
  readonly recommendation: Recommendation
  readonly workers: number
  readonly throughputPerS: number
  readonly binding: WorkerChoice['binding']
  /** What speaks against it, each in a few words. */
  readonly doubts: readonly string[]
}

/**
 * Why no number of workers is recommended, for a reader; null when one is. Without a look at their loops it cannot be told
 * whether workers that left their CPUs idle were blocked: then more of them might serve more.
 */
export function whyNoWorkers(input: SizingInput): string | null {
  const { saturated } = input
  if (saturated === null) return 'no phase at full load tells what CPU time a request takes'
  if (saturated.busyLoopMsPerRequest !== null) return null
  const filled = cpuUtilization(input, saturated)
  if (filled >= FILLED_UTILIZATION) return null
  return `the workers used ${Math.round(filled * 100)} % of the CPUs that they could, and whether they were blocked cannot be seen from outside`
}

/**
 * The worker count for the whole machine as deployed; null where `whyNoWorkers` has a reason.
 *
 * CPU time and busy-loop time per request are what is measured; they are taken to be the same with more CPUs.
 */
export function adviseWorkers(input: SizingInput): WorkerAdvice | null {
  const { saturated } = input
  if (saturated === null || whyNoWorkers(input) !== null) return null
  const fit = fittingWorkers(input)
  const demand = {
    cpus: input.deployedCpus,
    cpuMs: saturated.cpuMsPerRequest,
    busyLoopMs: busyLoopMs(saturated),
    primaryCpuMs: saturated.primaryCpuMsPerRequest ?? 0,
  }
  const choice = chooseWorkers(demand, fit)
  const throughputPerS = choice.throughputPerS * scalingEfficiency(input.measuredCpus, input.deployedCpus)
  const doubts = doubtsAbout(input, saturated)
  const wasMeasured = input.workers === choice.workers && input.deployedCpus <= input.measuredCpus
  return {
    workers: choice.workers,
    throughputPerS,
    binding: choice.binding,
    doubts,
    recommendation: {
      setting: 'WEB_CONCURRENCY',
      value: choice.workers,
      ...intervalOfChoice(input, choice, (factor) =>
        chooseWorkers({ ...demand, busyLoopMs: demand.busyLoopMs * factor }, fit),
      ),
      current: input.workers,
      unit: 'workers',
      basis: choice.binding === 'memory' ? 'constraint' : wasMeasured ? 'measured' : 'modelled',
      formula: 'two-bottleneck throughput model',
      evidence: {
        ...evidenceOf(input, saturated, fit),
        modelledThroughputPerS: significant(throughputPerS),
        ...doubtEvidence(doubts),
      },
      confidence: confidenceWith(doubts),
      binding: choice.binding,
      explanation: explain(input, saturated, choice),
    },
  }
}

/** By memory where that binds, otherwise by how much of the work blocks. */
function intervalOfChoice(
  input: SizingInput,
  { binding }: WorkerChoice,
  choiceAt: (factor: number) => WorkerChoice,
): Pick<Recommendation, 'interval'> {
  const { loopPerCpu, workerMemory } = input.spreads
  return binding === 'memory'
    ? intervalOf([workerMemory], (factor) => Math.max(1, fittingWorkers(input, factor)))
    : intervalOf([loopPerCpu], (factor) => choiceAt(factor).workers)
}

/** Of the CPUs that the workers could use: one that runs JavaScript fills no more than one, however many there are. */
function cpuUtilization({ measuredCpus }: SizingInput, saturated: SaturatedFigures): number {
  const { throughputPerS, cpuMsPerRequest, busyWorkers } = saturated
  return utilization(throughputPerS, cpuMsPerRequest, Math.min(measuredCpus, busyWorkers))
}

/** Without a look at the loop no blocking is assumed: it is held for as long as the CPU time lasts. */
function busyLoopMs({ busyLoopMsPerRequest, cpuMsPerRequest }: SaturatedFigures): number {
  return busyLoopMsPerRequest ?? cpuMsPerRequest
}

/** Memory planned for each worker; null when it was not measured. */
export function plannedBytesOfOne({ memory, cache, current }: SizingInput): number | null {
  if (memory === null) return null
  const cacheGrowthBytes = cache === null ? 0 : Math.max(0, (current.CACHE_MAX_BYTES ?? 0) - cache.bytes)
  return plannedWorkerBytes({ bytes: memory.workerBytes, heapUsedBytes: memory.heapUsedBytes ?? 0, cacheGrowthBytes })
}

/**
 * Workers that the memory holds; infinite when the memory of one was not measured.
 *
 * @param factor of the memory that one was seen to use
 */
export function fittingWorkers(input: SizingInput, factor = 1): number {
  const planned = plannedBytesOfOne(input)
  if (planned === null) return Number.POSITIVE_INFINITY
  return workersThatFit(input.memoryLimitBytes, input.memory?.primaryBytes ?? 0, planned * factor)
}

function doubtsAbout(input: SizingInput, saturated: SaturatedFigures): readonly string[] {
  const { measuredCpus, deployedCpus } = input
  const busiest = Math.max(cpuUtilization(input, saturated), saturated.loopUtilization ?? 0)
  return doubtsWhere([
    [saturated.busyLoopMsPerRequest === null, 'blocking of the event loop was not measured'],
    [busiest < FILLED_UTILIZATION, `the run filled the target to ${Math.round(busiest * 100)} % only`],
    [deployedCpus > measuredCpus, `measured on ${significant(measuredCpus)} of ${significant(deployedCpus)} CPUs`],
    [deployedCpus > 2 * measuredCpus, 'carried over to more than twice the CPUs'],
    [input.memory === null, 'memory of the workers was not measured'],
  ])
}

function evidenceOf(input: SizingInput, saturated: SaturatedFigures, fit: number): Evidence {
  const { measuredCpus, deployedCpus, workers } = input
  return {
    cpuMsPerRequest: significant(saturated.cpuMsPerRequest),
    ...(saturated.busyLoopMsPerRequest === null
      ? {}
      : { busyLoopMsPerRequest: significant(saturated.busyLoopMsPerRequest) }),
    measuredCpus: significant(measuredCpus),
    ...(workers === null ? {} : { measuredWorkers: workers }),
    measuredThroughputPerS: significant(saturated.throughputPerS),
    deployedCpus: significant(deployedCpus),
    modelledCapacityPerS: significant(modelledCapacity(saturated.cpuMsPerRequest, measuredCpus, deployedCpus)),
    ...(Number.isFinite(fit) ? { workersThatFitInMemory: fit } : {}),
  }
}

function explain(input: SizingInput, saturated: SaturatedFigures, { workers, binding }: WorkerChoice): string {
  const cpus = `${significant(input.deployedCpus)} ${input.deployedCpus === 1 ? 'CPU' : 'CPUs'}`
  const noun = workers === 1 ? 'worker' : 'workers'
  const cost =
    `A request takes ${significant(saturated.cpuMsPerRequest)} ms of CPU` +
    (saturated.busyLoopMsPerRequest === null
      ? ''
      : ` and holds the event loop for ${significant(saturated.busyLoopMsPerRequest)} ms`)
  const share = input.deployedCpus > input.measuredCpus ? ', where no load generator shares them' : ''
  switch (binding) {
    case 'memory':
      return `${cost}; more workers would serve more on ${cpus}, but no more than ${workers} ${noun} should live in this memory. More memory, or smaller workers, would change this.`
    case 'primary process':
      return `${cost}; with ${workers} ${noun} the process that hands out connections is full. Longer-lived connections would change this.`
    case 'shared resource':
      return `${cost}; with ${workers} ${noun} something that all of them share is full: an upstream, a database, a lock. More workers would only wait for it.`
    case 'cpu':
    case 'event loop':
      return workers > Math.ceil(input.deployedCpus)
        ? `${cost}, so ${workers} workers are needed to use ${cpus}${share}. Without the calls that block the loop ${Math.ceil(input.deployedCpus)} would do.`
        : `${cost}, so ${workers} ${noun} can use ${cpus}${share}, and one more would gain less than 3 %. Calls that block the loop would ask for more workers; waiting for asynchronous I/O does not.`
  }
}

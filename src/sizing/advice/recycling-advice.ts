import type { Recommendation } from '../../core/recommendation.ts'
import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import { lastingMaxRequests } from '../../resilience/recycle-policy.ts'
import type { MeanInterval } from '../../stats/confidence.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { outsideHeapBytes } from './memory-advice.ts'
import { plannableBytes, youngGenerationBytes } from '../memory.ts'
import { plannedRatePerS } from './pool-demand.ts'
import { defaultValue, largestValue } from './setting-limits.ts'
import type { MemoryFigures, SizingInput } from '../sizing-input.ts'
import { intervalOf } from './spread.ts'
import { plannedBytesOfOne, type WorkerAdvice } from './worker-advice.ts'

const MOST_REQUESTS = largestValue('MAX_REQUESTS')
const DEFAULT_REQUESTS = defaultValue('MAX_REQUESTS')

/**
 * When workers are replaced: after so many requests, and at so much memory. Nothing for targets that have no such settings.
 *
 * @param heap the recommendation for the heap of each worker
 */
export function adviseRecycling(
  input: SizingInput,
  advice: WorkerAdvice | null,
  heap: Recommendation | null,
): readonly (Recommendation | null)[] {
  return [adviseMaxRequests(input, advice), adviseMaxMemory(input, advice, heap)]
}

/** From the memory that each request left behind; where there is no such growth, so many that starts hardly cost anything. */
function adviseMaxRequests(input: SizingInput, advice: WorkerAdvice | null): Recommendation | null {
  const { memory, current } = input
  const workers = advice?.workers ?? input.workers
  const ratePerS = workers === null ? 0 : plannedRatePerS(input, advice) / workers
  if (current.MAX_REQUESTS === undefined || memory === null || workers === null || ratePerS <= 0) return null
  const growth = memory.growthBytesPerRequest
  return growth !== null && growth.low > 0
    ? againstGrowth(input, memory, growth, { workers, ratePerS })
    : againstStarts(input, growth, ratePerS)
}

interface WorkerLoad {
  readonly workers: number
  /** Requests of one worker, 1/s. */
  readonly ratePerS: number
}

function againstGrowth(
  input: SizingInput,
  memory: MemoryFigures,
  growth: MeanInterval,
  { workers, ratePerS }: WorkerLoad,
): Recommendation | null {
  const shareBytes = (plannableBytes(input.memoryLimitBytes) - memory.primaryBytes) / workers
  const roomBytes = shareBytes - (plannedBytesOfOne(input) ?? memory.workerBytes)
  if (roomBytes <= 0) return null
  const requestsWith = (bytesPerRequest: number): number =>
    Math.min(Math.max(1, twoDigits(roomBytes / bytesPerRequest)), MOST_REQUESTS)
  const value = requestsWith(growth.mean)
  const lasting = lastingMaxRequests(ratePerS, 1_000)
  const [roomMiB, growthKiB] = [significant(roomBytes / BYTES_PER_MEBIBYTE), significant(growth.mean / 1_024)]
  const doubts = doubtsWhere([
    [true, 'what grows in a short run may stop growing in a long one'],
    [value < lasting, 'workers would not last a minute'],
  ])
  return {
    setting: 'MAX_REQUESTS',
    value,
    interval: [requestsWith(growth.high), requestsWith(growth.low)],
    current: input.current.MAX_REQUESTS ?? null,
    unit: 'requests per worker',
    basis: 'modelled',
    formula: 'memory left to a worker / growth per request',
    evidence: {
      growthBytesPerRequest: significant(growth.mean),
      roomMiB,
      requestsPerSPerWorker: significant(ratePerS),
      workers,
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: 'memory',
    explanation: `Each request left ${growthKiB} KiB behind, and a worker has room for ${roomMiB} MiB more: replaced after ${value} requests it never needs it. Look for the leak first (npx tune bench soak); without it, there is nothing to replace workers for.`,
  }
}

/** Only where the present value, or the default that would be in force, has workers replaced every few seconds. */
function againstStarts(input: SizingInput, growth: MeanInterval | null, ratePerS: number): Recommendation | null {
  const inForce = input.current.MAX_REQUESTS === 0 ? DEFAULT_REQUESTS : (input.current.MAX_REQUESTS ?? DEFAULT_REQUESTS)
  const requestsAt = (rate: number): number => Math.min(lastingMaxRequests(rate, 1_000), MOST_REQUESTS)
  const value = requestsAt(ratePerS)
  if (value <= inForce) return null
  const doubts = doubtsWhere([
    [growth === null, 'the run was too short to tell whether memory grows'],
    [true, 'a slow leak would show only after hours'],
  ])
  return {
    setting: 'MAX_REQUESTS',
    value,
    ...intervalOf([input.spreads.cpuPerRequest], (factor) => requestsAt(ratePerS * factor)),
    current: input.current.MAX_REQUESTS ?? null,
    unit: 'requests per worker',
    basis: 'modelled',
    formula: 'requests of one minute at the planned rate',
    evidence: { requestsPerSPerWorker: significant(ratePerS), ...doubtEvidence(doubts) },
    confidence: confidenceWith(doubts),
    binding: 'cost of a start',
    explanation: `At ${significant(ratePerS)} requests/s a worker would be replaced every ${significant(inForce / ratePerS)} s with ${inForce}; so many let it live for a minute, and starts hardly cost anything.${growth === null ? '' : ' Memory did not grow with the requests.'}`,
  }
}

/** What a worker takes whose heap is at its ceiling: then it is replaced, and need not die for want of memory. */
function adviseMaxMemory(
  input: SizingInput,
  advice: WorkerAdvice | null,
  heap: Recommendation | null,
): Recommendation | null {
  const { memory, current } = input
  if (current.WORKER_MAX_MEMORY === undefined || memory === null || heap === null) return null
  const youngBytes = youngGenerationBytes(current['--max-semi-space-size'] ?? null)
  const sharedBytes = Math.max(0, memory.workerResidentBytes - memory.workerBytes)
  const heapBytes = heap.value * BYTES_PER_MEBIBYTE
  const valueAt = (factor: number): number =>
    wholeMebibytes(heapBytes + youngBytes + (outsideHeapBytes(memory) + sharedBytes) * factor)
  const doubts = ['what a worker takes outside of its heap was seen in a short run only']
  return {
    setting: 'WORKER_MAX_MEMORY',
    value: valueAt(1),
    ...intervalOf([input.spreads.workerMemory], valueAt),
    current: current.WORKER_MAX_MEMORY,
    unit: 'bytes per worker',
    basis: 'constraint',
    formula: 'heap ceiling + young generation + memory outside of the heap + pages shared with others',
    evidence: {
      heapCeilingMiB: heap.value,
      youngGenerationMiB: significant(youngBytes / BYTES_PER_MEBIBYTE),
      outsideHeapMiB: significant(outsideHeapBytes(memory) / BYTES_PER_MEBIBYTE),
      sharedMiB: significant(sharedBytes / BYTES_PER_MEBIBYTE),
      residentMiB: significant(memory.workerResidentBytes / BYTES_PER_MEBIBYTE),
      workers: advice?.workers ?? input.workers ?? 1,
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: 'memory',
    explanation: `A worker took ${significant(memory.workerResidentBytes / BYTES_PER_MEBIBYTE)} MiB. One that comes near what it may take in all is replaced while it still serves; without this it would end when its heap, or the memory of the machine, is full.`,
  }
}

function wholeMebibytes(bytes: number): number {
  return Math.floor(bytes / BYTES_PER_MEBIBYTE) * BYTES_PER_MEBIBYTE
}

/** Rounded down, so that it is never more than asked for. */
function twoDigits(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1)
  return Math.floor(value / unit) * unit
}

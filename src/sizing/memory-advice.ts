import type { Recommendation } from '../core/recommendation.ts'
import { BYTES_PER_MEBIBYTE } from '../core/units.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { cacheBytesWithin, LARGEST_OLD_SPACE_BYTES, neededOldSpaceBytes, oldSpaceBytes } from './memory.ts'
import type { SizingInput } from './sizing-input.ts'

/** A cache filled to this share of its bound throws entries away. */
const FULL = 0.9

/** With this share of hits there is nothing left to gain. */
const GOOD_HIT_RATE = 0.95

/**
 * The heap ceiling of each worker, in MiB; null when the heap was not measured, or the workers leave no room for one.
 *
 * @param workers as recommended
 */
export function adviseHeap(input: SizingInput, workers: number | null): Recommendation | null {
  const { memory, memoryLimitBytes } = input
  if (memory === null || memory.heapUsedBytes === null || workers === null) return null
  const outsideHeapBytes = Math.max(0, memory.workerBytes - memory.heapUsedBytes)
  const ceilingBytes = oldSpaceBytes(memoryLimitBytes, workers, memory.primaryBytes, outsideHeapBytes)
  if (ceilingBytes < neededOldSpaceBytes(memory.heapUsedBytes)) return null
  const value = Math.floor(ceilingBytes / BYTES_PER_MEBIBYTE)
  const isLargest = ceilingBytes === LARGEST_OLD_SPACE_BYTES
  const doubts = doubtsWhere([
    [true, 'the heap of a short run says little about days'],
    [!memory.isProportional, 'memory that the processes share was counted by each'],
  ])
  const [usedMiB, limitMiB] = [mebibytes(memory.heapUsedBytes), mebibytes(memoryLimitBytes)]
  return {
    setting: '--max-old-space-size',
    value,
    current: input.current['--max-old-space-size'] ?? null,
    unit: 'MiB per worker',
    basis: 'constraint',
    formula: 'memory limit less reserve, primary, native memory and young generations, divided among the workers',
    evidence: {
      memoryLimitMiB: limitMiB,
      workers,
      heapUsedMiB: usedMiB,
      outsideHeapMiB: mebibytes(outsideHeapBytes),
      primaryMiB: mebibytes(memory.primaryBytes),
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: isLargest ? 'V8 default' : 'memory',
    explanation: isLargest
      ? `A worker used ${usedMiB} MiB of heap, and ${limitMiB} MiB hold ${workers} heaps of V8's own largest default. Less memory or many more workers would lower it.`
      : `Node lets each worker's heap grow as if it had the ${limitMiB} MiB for itself; with this ceiling ${workers} of them stay within memory together. A worker used ${usedMiB} MiB of heap.`,
  }
}

/**
 * The bound of each worker's cache; null when the cache or its bound was not seen, or the heap was not sized.
 *
 * @param heap the recommendation for the heap that the cache lies on
 */
export function adviseCache({ cache, current }: SizingInput, heap: Recommendation | null): Recommendation | null {
  const currentBytes = current.CACHE_MAX_BYTES
  if (cache === null || cache.hitRate === null || currentBytes === undefined || heap === null) return null
  const affordableBytes = cacheBytesWithin(heap.value * BYTES_PER_MEBIBYTE)
  const isFull = cache.bytes >= FULL * currentBytes
  const wantsMore = isFull && cache.hitRate < GOOD_HIT_RATE
  const wantedBytes = wantsMore ? 2 * currentBytes : currentBytes
  const value = Math.floor(Math.min(wantedBytes, affordableBytes))
  const isSqueezed = affordableBytes < wantedBytes
  const doubts = doubtsWhere([
    [wantsMore, 'what more entries would gain was not measured'],
    [!isFull, 'a short run may not see every key'],
  ])
  return {
    setting: 'CACHE_MAX_BYTES',
    value,
    current: currentBytes,
    unit: 'bytes per worker',
    basis: isSqueezed ? 'constraint' : wantsMore ? 'rule' : 'measured',
    formula: 'twice a full cache, the same for any other; at most a quarter of the heap ceiling',
    evidence: {
      entries: Math.round(cache.entries),
      usedBytes: Math.round(cache.bytes),
      ...(cache.entries > 0 ? { meanEntryBytes: Math.round(cache.bytes / cache.entries) } : {}),
      hitRate: significant(cache.hitRate),
      affordableBytes: Math.floor(affordableBytes),
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: isSqueezed ? 'memory' : wantsMore ? 'cache size' : 'working set',
    explanation: explainCache(significant(cache.hitRate * 100), mebibytes(cache.bytes), { isSqueezed, wantsMore }),
  }
}

function explainCache(hitPercent: number, usedMiB: number, why: { isSqueezed: boolean; wantsMore: boolean }): string {
  const found = `The cache of a worker held ${usedMiB} MiB and answered ${hitPercent} % of the lookups`
  if (why.isSqueezed)
    return `${found}, but no more than a quarter of the heap ceiling should go to it. A higher ceiling would change this.`
  if (why.wantsMore) return `${found} while it was full: try twice the size, and measure whether the hit rate rises.`
  return `${found}: a larger one would gain nothing. More keys, or larger answers, would change this.`
}

function mebibytes(bytes: number): number {
  return significant(bytes / BYTES_PER_MEBIBYTE)
}

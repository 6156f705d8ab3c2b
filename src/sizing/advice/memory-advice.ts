import type { Recommendation } from '../../core/recommendation.ts'
import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { LARGEST_OLD_SPACE_BYTES, neededOldSpaceBytes, oldSpaceBytes, youngGenerationBytes } from '../memory.ts'
import type { MemoryFigures, SizingInput } from '../sizing-input.ts'
import { intervalOf } from './spread.ts'

/**
 * The heap ceiling of each worker, in MiB; null when the heap was not measured, or the workers leave no room for one.
 *
 * @param workers as recommended
 */
export function adviseHeap(input: SizingInput, workers: number | null): Recommendation | null {
  const { memory, memoryLimitBytes } = input
  if (memory === null || memory.heapUsedBytes === null || workers === null) return null
  const youngBytes = youngGenerationBytes(input.current['--max-semi-space-size'] ?? null)
  const ceilingWith = (workerBytes: number): number =>
    oldSpaceBytes(
      memoryLimitBytes,
      workers,
      memory.primaryBytes,
      outsideHeapBytes({ ...memory, workerBytes }),
      youngBytes,
    )
  const ceilingBytes = ceilingWith(memory.workerBytes)
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
    ...intervalOf([input.spreads.workerMemory], (factor) =>
      Math.floor(ceilingWith(memory.workerBytes * factor) / BYTES_PER_MEBIBYTE),
    ),
    current: input.current['--max-old-space-size'] ?? null,
    unit: 'MiB per worker',
    basis: 'constraint',
    formula: 'memory limit less reserve, primary, native memory and young generations, divided among the workers',
    evidence: {
      memoryLimitMiB: limitMiB,
      workers,
      heapUsedMiB: usedMiB,
      outsideHeapMiB: mebibytes(outsideHeapBytes(memory)),
      youngGenerationMiB: mebibytes(youngBytes),
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

/** Memory of a worker that is not on its JavaScript heap; all of it when the heap was not seen. */
export function outsideHeapBytes({ workerBytes, heapUsedBytes }: MemoryFigures): number {
  return Math.max(0, workerBytes - (heapUsedBytes ?? 0))
}

function mebibytes(bytes: number): number {
  return significant(bytes / BYTES_PER_MEBIBYTE)
}

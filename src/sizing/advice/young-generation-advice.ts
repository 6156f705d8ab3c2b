import type { Recommendation } from '../../core/recommendation.ts'
import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { plannableBytes, youngGenerationBytes } from '../memory.ts'
import type { SizingInput } from '../sizing-input.ts'

/** What the bundled workers use: larger ones were not seen to gain (`npm run bench:young`). */
const ENOUGH_SEMI_SPACE_MIB = 16

/** The least that is advised: with less, what a few requests leave behind is taken for long-lived. */
const LEAST_SEMI_SPACE_MIB = 1

/** The share of a worker's memory that its young generation may take. */
const YOUNG_SHARE = 0.25

/**
 * The size of a semi-space of each worker, three of which make the young generation; null when the heap was not seen, or the
 * number of workers is not known. A rule: how much garbage a request leaves is not measured.
 *
 * @param workers as recommended
 */
export function adviseYoungGeneration(input: SizingInput, workers: number | null): Recommendation | null {
  const { memory, memoryLimitBytes } = input
  if (memory === null || memory.heapUsedBytes === null || workers === null) return null
  const shareBytes = (plannableBytes(memoryLimitBytes) - memory.primaryBytes) / workers
  let value = ENOUGH_SEMI_SPACE_MIB
  while (value > LEAST_SEMI_SPACE_MIB && youngGenerationBytes(value) > YOUNG_SHARE * shareBytes) value /= 2
  const isSqueezed = value < ENOUGH_SEMI_SPACE_MIB
  const youngMiB = youngGenerationBytes(value) / BYTES_PER_MEBIBYTE
  const shareMiB = significant(shareBytes / BYTES_PER_MEBIBYTE)
  const doubts = doubtsWhere([
    [true, 'how much garbage a request leaves was not measured'],
    [!isSqueezed, 'nor what other sizes do to the latency'],
  ])
  return {
    setting: '--max-semi-space-size',
    value,
    current: input.current['--max-semi-space-size'] ?? null,
    unit: 'MiB per worker',
    basis: isSqueezed ? 'constraint' : 'rule',
    formula: '16 MiB, halved until three of them are at most a quarter of the memory of a worker',
    evidence: { youngGenerationMiB: youngMiB, memoryOfWorkerMiB: shareMiB, workers, ...doubtEvidence(doubts) },
    confidence: confidenceWith(doubts),
    binding: isSqueezed ? 'memory' : 'rule',
    explanation: `Three semi-spaces make the young generation: ${youngMiB} MiB of the ${shareMiB} MiB that each worker has. Left alone Node 24 lets it grow to ${NODE_YOUNG_MIB} MiB, and pauses while it grows. A larger one helps only where requests leave more garbage than it holds before the next collection.`,
  }
}

const NODE_YOUNG_MIB = youngGenerationBytes(null) / BYTES_PER_MEBIBYTE

import { cacheBytesWithin, plannableBytes } from '../memory.ts'
import type { Finding } from './finding.ts'
import { mebibytes, quantity } from './figures.ts'
import type { LintInput } from './lint-input.ts'
import { isOff, numberOf, asWritten } from './stated-settings.ts'

/**
 * Each process takes its heap ceiling for itself: workers × ceiling must fit into the memory, less the reserve that sizing
 * keeps for what is no heap.
 */
export function heapFindings({ heap, workers, facts }: LintInput): readonly Finding[] {
  const count = workers?.count ?? 1
  if (heap === null) return []
  const total = heap.bytes * count
  const planned = plannableBytes(facts.memoryBytes)
  if (total <= planned) return []
  const isOver = total > facts.memoryBytes
  return [
    {
      rule: 'heap',
      severity: isOver ? 'wrong' : 'doubtful',
      settings: [...(workers?.settings ?? []), ...heap.settings],
      arithmetic: `${workers?.text ?? '1 process'} × ${mebibytes(heap.bytes)} of heap = ${mebibytes(total)}, and the memory is ${mebibytes(facts.memoryBytes)}, of which ${mebibytes(planned)} may be planned with`,
      change: `--max-old-space-size at most ${Math.floor(planned / count / 1_048_576)} for ${quantity(count, 'worker')}, less what each needs outside its heap; or fewer workers`,
    },
  ]
}

/**
 * Caches are per worker too. A cache that fills more than a quarter of the heap makes collections frequent, and one that is
 * larger than the heap never fills.
 *
 * @see docs/sizing.md: a quarter of the heap ceiling
 */
export function cacheFindings({ stated, heap, workers, facts }: LintInput): readonly Finding[] {
  const each = numberOf(stated, 'CACHE_MAX_BYTES')
  if (each === undefined || isOff(stated, 'CACHE_ENABLED')) return []
  const count = workers?.count ?? 1
  const total = each * count
  const ofHeap = heap === null ? [] : [heap.bytes]
  const ceiling = Math.min(plannableBytes(facts.memoryBytes) / count, ...ofHeap)
  const isOver = total > facts.memoryBytes || (heap !== null && each > heap.bytes)
  if (!isOver && each <= cacheBytesWithin(ceiling)) return []
  const heapText = heap === null ? '' : ` and ${mebibytes(heap.bytes)} of heap for each`
  return [
    {
      rule: 'cache-bytes',
      severity: isOver ? 'wrong' : 'doubtful',
      settings: [...(workers?.settings ?? []), ...asWritten(stated, 'CACHE_MAX_BYTES'), ...(heap?.settings ?? [])],
      arithmetic: `${workers?.text ?? '1 process'} × ${mebibytes(each)} of cache = ${mebibytes(total)}, with ${mebibytes(facts.memoryBytes)} of memory${heapText}; a cache should fill a quarter of its heap at most`,
      change: `CACHE_MAX_BYTES=${Math.max(1, Math.floor(cacheBytesWithin(ceiling) / 1_048_576))}mb, or fewer workers`,
    },
  ]
}

/** Memory at which workers are replaced, which together they must be able to reach. */
export function workerMemoryFindings({ stated, workers, facts }: LintInput): readonly Finding[] {
  const each = numberOf(stated, 'WORKER_MAX_MEMORY')
  const count = workers?.count ?? 1
  if (each === undefined || each * count <= facts.memoryBytes) return []
  return [
    {
      rule: 'worker-memory',
      severity: 'doubtful',
      settings: [...(workers?.settings ?? []), ...asWritten(stated, 'WORKER_MAX_MEMORY')],
      arithmetic: `${workers?.text ?? '1 process'} × ${mebibytes(each)} = ${mebibytes(each * count)}, and the memory is ${mebibytes(facts.memoryBytes)}: the kernel ends workers before they are replaced`,
      change: `WORKER_MAX_MEMORY=${Math.max(1, Math.floor(plannableBytes(facts.memoryBytes) / count / 1_048_576))}mb or less`,
    },
  ]
}

import type { Recommendation } from '../../core/recommendation.ts'
import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { cacheBytesWithin } from '../memory.ts'
import { largestValue } from './setting-limits.ts'
import type { CacheUse, SizingInput } from '../sizing-input.ts'

/** A cache filled to this share of a bound throws entries away. */
const FULL = 0.9

/** With this share of hits there is nothing left to gain. */
const GOOD_HIT_RATE = 0.95

const MOST_ENTRIES = largestValue('CACHE_MAX_SIZE')

/** A cache that was asked, and what it may fill. */
interface CacheFigures extends CacheUse {
  readonly hitRate: number
  /** What the heap can bear. */
  readonly affordableBytes: number
}

/**
 * The bounds of each worker's cache in bytes and in entries; nothing when the cache was not seen or not asked, or the heap
 * was not sized.
 *
 * @param heap the recommendation for the heap that the cache lies on
 */
export function adviseCache(
  { cache, current }: SizingInput,
  heap: Recommendation | null,
): readonly (Recommendation | null)[] {
  if (cache === null || cache.hitRate === null || heap === null || current.CACHE_MAX_BYTES === undefined) return []
  const affordableBytes = cacheBytesWithin(heap.value * BYTES_PER_MEBIBYTE)
  const figures = { ...cache, hitRate: cache.hitRate, affordableBytes }
  const bytes = adviseBytes(figures, current.CACHE_MAX_BYTES, current.CACHE_MAX_SIZE ?? null)
  return [bytes, adviseEntries(figures, bytes.value, current.CACHE_MAX_SIZE ?? null)]
}

function adviseBytes(cache: CacheFigures, currentBytes: number, currentEntries: number | null): Recommendation {
  const { affordableBytes, hitRate } = cache
  const isFull = cache.bytes >= FULL * currentBytes
  const wantsMore = isFull && hitRate < GOOD_HIT_RATE
  const wantedBytes = wantsMore ? 2 * currentBytes : currentBytes
  const isSqueezed = affordableBytes < wantedBytes
  const isOutOfEntries = isFullOf(cache, currentEntries)
  const doubts = doubtsWhere([
    [wantsMore, 'what more entries would gain was not measured'],
    [!isFull, 'a short run may not see every key'],
    [!isFull && isOutOfEntries, 'the number of entries kept it from filling them'],
  ])
  const found = foundIn(cache)
  return {
    setting: 'CACHE_MAX_BYTES',
    value: Math.floor(Math.min(wantedBytes, affordableBytes)),
    current: currentBytes,
    unit: 'bytes per worker',
    basis: isSqueezed ? 'constraint' : wantsMore ? 'rule' : 'measured',
    formula: 'twice a full cache, the same for any other; at most a quarter of the heap ceiling',
    evidence: { ...evidenceOf(cache), affordableBytes: Math.floor(affordableBytes), ...doubtEvidence(doubts) },
    confidence: confidenceWith(doubts),
    binding: isSqueezed ? 'memory' : wantsMore ? 'cache size' : isOutOfEntries ? 'entries' : 'working set',
    explanation: isSqueezed
      ? `${found}, but no more than a quarter of the heap ceiling should go to it. A higher ceiling would change this.`
      : wantsMore
        ? `${found} while it was full: try twice the size, and measure whether the hit rate rises.`
        : isOutOfEntries && hitRate < GOOD_HIT_RATE
          ? `${found} while it held as many entries as CACHE_MAX_SIZE allows: raise that first.`
          : `${found}: a larger one would gain nothing. More keys, or larger answers, would change this.`,
  }
}

/**
 * Entries that fill the bytes: bytes protect the memory, so their bound should be met first. A cache that is not full of
 * entries keeps its number.
 *
 * @param boundBytes as recommended
 */
function adviseEntries(cache: CacheFigures, boundBytes: number, currentEntries: number | null): Recommendation | null {
  if (currentEntries === null || cache.entries <= 0 || cache.bytes <= 0) return null
  const meanEntryBytes = cache.bytes / cache.entries
  const holds = Math.max(1, Math.min(Math.floor(boundBytes / meanEntryBytes), MOST_ENTRIES))
  const wantsMore = isFullOf(cache, currentEntries) && cache.hitRate < GOOD_HIT_RATE && holds > currentEntries
  const doubts = doubtsWhere([
    [wantsMore, 'what more entries would gain was not measured'],
    [!wantsMore && !isFullOf(cache, currentEntries), 'a short run may not see every key'],
  ])
  const size = `Entries of ${significant(meanEntryBytes / 1_024)} KiB on average`
  return {
    setting: 'CACHE_MAX_SIZE',
    value: wantsMore ? holds : currentEntries,
    current: currentEntries,
    unit: 'entries per worker',
    basis: wantsMore ? 'modelled' : 'measured',
    formula: 'bytes of the cache / mean bytes of an entry; the same for a cache that is not full',
    evidence: { ...evidenceOf(cache), boundBytes, entriesInBytes: holds, ...doubtEvidence(doubts) },
    confidence: confidenceWith(doubts),
    binding: wantsMore ? 'cache bytes' : 'working set',
    explanation: wantsMore
      ? `${foundIn(cache)}, and threw entries away because it may hold no more than ${currentEntries}. ${size}: ${holds} fill its bytes, and those are what memory pays for. Measure whether the hit rate rises.`
      : `${foundIn(cache)} with ${Math.round(cache.entries)} of ${currentEntries} entries: more would gain nothing, unless there are more keys.`,
  }
}

function isFullOf({ entries }: CacheUse, most: number | null): boolean {
  return most !== null && entries >= FULL * most
}

function foundIn({ bytes, hitRate }: CacheFigures): string {
  return `The cache of a worker held ${significant(bytes / BYTES_PER_MEBIBYTE)} MiB and answered ${significant(hitRate * 100)} % of the lookups`
}

function evidenceOf({ entries, bytes, hitRate }: CacheFigures): Recommendation['evidence'] {
  return {
    entries: Math.round(entries),
    usedBytes: Math.round(bytes),
    ...(entries > 0 ? { meanEntryBytes: Math.round(bytes / entries) } : {}),
    hitRate: significant(hitRate),
  }
}

import type { Clock, Milliseconds } from '../core/clock.ts'
import type { DeadlineSweep } from '../resilience/deadline.ts'
import { ResponseCache } from '../resilience/response-cache.ts'
import { closeness } from './text/edit-distance.ts'
import { GAZETTEER } from './gazetteer.ts'
import type { Place } from './gazetteer.ts'

/** Places do not move. */
const REMEMBERED_MS: Milliseconds = 86_400_000
const BYTES_PER_ENTRY = 1_024
/** Longer texts name their place early, or not at all. */
const MAX_TEXT_LENGTH = 400
const MAX_WORDS = 32
/** Below this, a similar word is another word. */
const MIN_CLOSENESS = 0.75
const LOOKUP_TIMEOUT_MS: Milliseconds = 10_000

/** Finds the place that a text speaks of, and remembers what it has found. */
export class Geocoder {
  readonly #found: ResponseCache<Place | null>

  /** @param entries texts whose places are remembered, least recently used out first */
  constructor(entries: number, clock: Clock, sweep: DeadlineSweep) {
    const limits = { maxEntries: entries, maxBytes: entries * BYTES_PER_ENTRY, ttlMs: REMEMBERED_MS }
    const flight = { maxWaiters: entries, timeoutMs: LOOKUP_TIMEOUT_MS }
    this.#found = new ResponseCache({ ...limits, ...flight }, { sizeBytes: () => BYTES_PER_ENTRY }, clock, sweep)
  }

  /** Null when the text names no place we know. */
  async locate(text: string): Promise<Place | null> {
    const key = text.slice(0, MAX_TEXT_LENGTH).toLowerCase()
    const known = this.#found.get(key)
    if (known !== undefined) return known
    const load = this.#found.load(key, () => Promise.resolve(search(key)))
    return 'result' in load ? load.result : search(key)
  }
}

/** Compares every word, and every pair of words, with every place: the work that remembering saves. */
function search(text: string): Place | null {
  const words = (text.match(/\p{L}+/gu) ?? []).slice(0, MAX_WORDS)
  let best: Place | null = null
  let bestCloseness = MIN_CLOSENESS
  for (const [index, word] of words.entries()) {
    for (const candidate of [word, `${word} ${words[index + 1] ?? ''}`.trimEnd()]) {
      for (const place of GAZETTEER) {
        const found = closeness(candidate, place.name.toLowerCase())
        if (found > bestCloseness) {
          best = place
          bestCloseness = found
        }
      }
    }
  }
  return best
}

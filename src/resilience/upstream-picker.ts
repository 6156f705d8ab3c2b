import type { Random } from '../core/random.ts'
import type { Standing } from './upstream-health.ts'

/** One upstream to choose from. */
export interface PickableUpstream {
  readonly name: string
  /** 0 when it would take a call now; otherwise the seconds after which it may (its circuit breaker knows). */
  readonly retryAfterS: () => number
  readonly standing: () => Standing
}

/** The upstream for the next attempt, or the seconds after which the first of them may be available again. */
export type UpstreamPick<U extends PickableUpstream> =
  | {
      readonly upstream: U
      /** No upstream is healthy, and this one seems to be the least bad: try it, and no other after it. */
      readonly isLastResort: boolean
      readonly retryAfterS?: undefined
    }
  | { readonly upstream?: undefined; readonly isLastResort?: undefined; readonly retryAfterS: number }

/** Chooses among named upstreams in order of preference. */
export class UpstreamPicker<U extends PickableUpstream> {
  readonly #upstreams: readonly U[]
  readonly #random: Random

  /**
   * @param upstreams best first, at least one, names unique
   * @param random decides which calls an upstream gets that has just come back
   * @throws {RangeError} when the list is empty or a name is there twice
   */
  constructor(upstreams: readonly U[], random: Random) {
    const names = upstreams.map((upstream) => upstream.name)
    if (names.length === 0) throw new RangeError('UpstreamPicker: upstreams must have at least one entry, got none')
    const repeated = names.find((name, index) => names.indexOf(name) !== index)
    if (repeated !== undefined)
      throw new RangeError(`UpstreamPicker: upstreams must differ in name, got "${repeated}" twice`)
    this.#upstreams = [...upstreams]
    this.#random = random
  }

  /**
   * The upstream for the next attempt of one request: the most preferred healthy one that has not failed it yet; when all
   * of those have, the one whose failure is the longest ago. One that has just come back is passed over as often as its
   * trust is low, if another can take the call. Without any healthy one it is the least bad one that takes calls at all.
   *
   * @param failed the upstreams that failed this request, oldest first
   * @param isClosed whether this request must not be sent to an upstream (again)
   */
  pick(failed: readonly U[] = [], isClosed: (upstream: U) => boolean = () => false): UpstreamPick<U> {
    let best: U | undefined
    let bestFailedAt = Number.POSITIVE_INFINITY
    let passedOver: U | undefined
    let leastBad: U | undefined
    let leastBadness = Number.POSITIVE_INFINITY
    let soonestS = Number.POSITIVE_INFINITY
    for (const upstream of this.#upstreams) {
      const retryAfterS = upstream.retryAfterS()
      soonestS = Math.min(soonestS, retryAfterS)
      if (retryAfterS > 0 || isClosed(upstream)) continue
      const standing = upstream.standing()
      const failedAt = failed.lastIndexOf(upstream)
      if (standing.kind !== 'healthy') {
        const badness = badnessOf(standing, failedAt)
        if (badness < leastBadness) [leastBad, leastBadness] = [upstream, badness]
      } else if (failedAt < 0 && standing.trust < 1 && this.#random() >= standing.trust) {
        passedOver ??= upstream
      } else if (failedAt < bestFailedAt) [best, bestFailedAt] = [upstream, failedAt]
    }
    if (passedOver !== undefined && bestFailedAt >= 0) best = passedOver
    if (best !== undefined) return { upstream: best, isLastResort: false }
    return leastBad === undefined ? { retryAfterS: soonestS } : { upstream: leastBad, isLastResort: true }
  }
}

/** Ejected is better than down, and one that will soon be back better than another. */
function badnessOf({ kind, backInMs }: Exclude<Standing, { readonly kind: 'healthy' }>, failedAt: number): number {
  return backInMs + (kind === 'down' ? MUCH_WORSE : 0) + (failedAt + 1) * MUCH_WORSE * 2
}

/** Beyond any time that an upstream may be away. */
const MUCH_WORSE = 1e9

/** One upstream to choose from. */
export interface PickableUpstream {
  readonly name: string
  /** 0 when it would take a call now; otherwise the seconds after which it may (its circuit breaker knows). */
  readonly retryAfterS: () => number
}

/** The upstream for the next attempt, or the seconds after which the first of them may be available again. */
export type UpstreamPick<U extends PickableUpstream> =
  | { readonly upstream: U; readonly retryAfterS?: undefined }
  | { readonly upstream?: undefined; readonly retryAfterS: number }

/** Chooses among named upstreams in order of preference. */
export class UpstreamPicker<U extends PickableUpstream> {
  readonly #upstreams: readonly U[]

  /**
   * @param upstreams best first, at least one, names unique
   * @throws {RangeError} when the list is empty or a name is there twice
   */
  constructor(upstreams: readonly U[]) {
    const names = upstreams.map((upstream) => upstream.name)
    if (names.length === 0) throw new RangeError('UpstreamPicker: upstreams must have at least one entry, got none')
    const repeated = names.find((name, index) => names.indexOf(name) !== index)
    if (repeated !== undefined)
      throw new RangeError(`UpstreamPicker: upstreams must differ in name, got "${repeated}" twice`)
    this.#upstreams = [...upstreams]
  }

  /**
   * The upstream for the next attempt of one request: the most preferred available one that has not failed it yet;
   * when all available ones have, the one whose failure is the longest ago.
   *
   * @param failed the upstreams that failed this request, oldest first
   */
  pick(failed: readonly U[] = []): UpstreamPick<U> {
    let best: U | undefined
    let bestFailedAt = Number.POSITIVE_INFINITY
    let soonestS = Number.POSITIVE_INFINITY
    for (const upstream of this.#upstreams) {
      const retryAfterS = upstream.retryAfterS()
      soonestS = Math.min(soonestS, retryAfterS)
      const failedAt = failed.lastIndexOf(upstream)
      if (retryAfterS === 0 && failedAt < bestFailedAt) {
        best = upstream
        bestFailedAt = failedAt
      }
    }
    return best === undefined ? { retryAfterS: soonestS } : { upstream: best }
  }
}

import type { Milliseconds } from '../../core/clock.ts'

/** One call, as JSON. */
export interface UpstreamRequest {
  /** Begins with `/`. */
  readonly path: string
  readonly body: string | Buffer
  /** Besides those that every call has; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** The same upstream may be asked twice: it can tell, or it does not matter. */
  readonly isRepeatable: boolean
}

/** What one upstream is given for one call. */
export interface CallLimits {
  /** For waiting and calling, however long the upstream's own timeout is; leaves time for other upstreams. */
  readonly timeLeftMs: Milliseconds
  /** Connections that are left may be dead, and this call must not fail by that. */
  readonly isFresh: boolean
  /** Gives the call up. */
  readonly signal: AbortSignal
}

/** How one call to one upstream ended. */
export type CallResult =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** `limited`: the upstream has answered 429, which is no failure of its own. */
  | {
      readonly kind: 'failed' | 'limited'
      readonly message: string
      /** The upstream may have done the work all the same. */
      readonly mayHaveRun: boolean
      readonly retryAfterMs: Milliseconds | undefined
    }
  /** Refused on our side, before anything was sent. */
  | {
      readonly kind: 'refused'
      readonly reason: 'pool_exhausted' | 'upstream_unavailable'
      readonly retryAfterS: number
    }
  | { readonly kind: 'cancelled' }

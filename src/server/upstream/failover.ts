import type { Clock, Milliseconds } from '../../core/clock.ts'
import type { Attempt, AttemptOutcome } from '../../resilience/retry.ts'
import { retryAfterSeconds } from '../../resilience/retry-after-seconds.ts'
import type { UpstreamPicker } from '../../resilience/upstream-picker.ts'
import type { CallResult, UpstreamRequest } from './call.ts'
import { MIN_CALL_MS, TIMER_SLACK_MS } from './upstream.ts'
import type { Upstream } from './upstream.ts'

/** What became of a request to whichever upstream could answer it. */
export type UpstreamOutcome =
  | { readonly kind: 'answered'; readonly upstream: string; readonly status: number; readonly body: string }
  /** Calls were made, and the last one failed. */
  | { readonly kind: 'failed'; readonly detail: string }
  /** No call was made, or the upstream asked to wait. */
  | {
      readonly kind: 'unavailable'
      readonly reason: 'pool_exhausted' | 'upstream_unavailable'
      readonly detail: string
      readonly retryAfterS: number
    }
  | { readonly kind: 'cancelled' }

type Outcome = AttemptOutcome<UpstreamOutcome>

/** What one request is sent with. */
export interface FailoverContext {
  readonly upstreams: readonly Upstream[]
  readonly picker: UpstreamPicker<Upstream>
  readonly clock: Clock
  /** On the clock; includes all rounds and waits. */
  readonly deadlineMs: Milliseconds
  readonly signal: AbortSignal
}

/**
 * One request on its way from upstream to upstream. Each round asks them in order of preference until one answers.
 *
 * An upstream that may have done the work of a request which is not to be repeated is not asked again; another one, which has
 * never seen it, is.
 */
export class Failover {
  readonly #request: UpstreamRequest
  readonly #context: FailoverContext
  /** When an upstream may be asked again, by this request. */
  readonly #notBeforeMs = new Map<Upstream, Milliseconds>()
  #calls = 0
  /** What the last round with a call has come to. */
  #lastValue: UpstreamOutcome | undefined

  constructor(request: UpstreamRequest, context: FailoverContext) {
    this.#request = request
    this.#context = context
  }

  /** The attempt of a retry loop. */
  readonly round = async ({ number }: Attempt): Promise<Outcome> => {
    const callsBefore = this.#calls
    const outcome = await this.#ask(number > 1)
    // Nothing was called in it, which does not undo the calls of the rounds before.
    const isWithoutCall = outcome.value.kind === 'unavailable' && this.#calls === callsBefore
    if (isWithoutCall && this.#lastValue !== undefined) return { kind: 'final', value: this.#lastValue }
    this.#lastValue = outcome.value
    return outcome
  }

  async #ask(isRetry: boolean): Promise<Outcome> {
    const { picker, clock, deadlineMs, signal } = this.#context
    const tried: Upstream[] = []
    let refused: Outcome | undefined
    let failed: UpstreamOutcome | undefined
    for (;;) {
      const { upstream, isLastResort, retryAfterS } = picker.pick(tried, this.#isClosed)
      const timeLeftMs = deadlineMs - clock.now()
      const isOver =
        upstream === undefined || tried.includes(upstream) || (tried.length > 0 && timeLeftMs < MIN_CALL_MS)
      if (isOver || (isLastResort && failed !== undefined)) {
        if (failed !== undefined) return this.#endOf(failed)
        return refused ?? { kind: 'final', value: allOpen(Math.max(1, retryAfterS ?? 1)) }
      }
      if (isRetry) upstream.count('retries')
      if (tried.length > 0) upstream.count('failovers')
      const shareMs = timeLeftMs / (1 + this.#othersLeft(tried, upstream))
      const isRepeated = this.#notBeforeMs.has(upstream)
      const isFresh = isRepeated || (failed !== undefined && !this.#request.isRepeatable)
      const result = await upstream.call(this.#request, { timeLeftMs: shareMs, isFresh, signal })
      tried.push(upstream)
      switch (result.kind) {
        case 'answered':
          return { kind: 'final', value: { ...result, upstream: upstream.name } }
        case 'cancelled':
          return { kind: 'final', value: result }
        case 'refused': {
          const { reason, retryAfterS: waitS } = result
          const detail = `${upstream.name} takes no more calls at the moment`
          refused ??= { kind: 'final', value: { kind: 'unavailable', reason, detail, retryAfterS: waitS } }
          break
        }
        case 'failed':
        case 'limited':
          this.#note(upstream, result)
          failed = valueOf(upstream, result)
          if (isLastResort) return { kind: 'final', value: this.#noneHealthy(upstream, result.message) }
      }
    }
  }

  readonly #isClosed = (upstream: Upstream): boolean => {
    const notBeforeMs = this.#notBeforeMs.get(upstream)
    return notBeforeMs !== undefined && notBeforeMs > this.#context.clock.now() + TIMER_SLACK_MS
  }

  /** Upstreams that could still take over, so that each gets its share of the time. */
  #othersLeft(tried: readonly Upstream[], current: Upstream): number {
    let others = 0
    for (const upstream of this.#context.upstreams) {
      const isLeft = upstream !== current && !tried.includes(upstream) && !this.#isClosed(upstream)
      if (isLeft && upstream.retryAfterS() === 0 && upstream.standing().kind === 'healthy') others++
    }
    return others
  }

  #note(upstream: Upstream, { mayHaveRun, retryAfterMs = 0 }: FailedCall): void {
    this.#calls++
    const mayRepeat = this.#request.isRepeatable || !mayHaveRun
    this.#notBeforeMs.set(upstream, mayRepeat ? this.#context.clock.now() + retryAfterMs : Number.POSITIVE_INFINITY)
  }

  /** After a round without an answer: it may be repeated when the first of the upstreams may be asked again. */
  #endOf(value: UpstreamOutcome): Outcome {
    const soonestMs = Math.min(...this.#notBeforeMs.values())
    if (soonestMs === Number.POSITIVE_INFINITY) return { kind: 'final', value }
    return { kind: 'retryable', value, retryAfterMs: Math.max(0, soonestMs - this.#context.clock.now()) }
  }

  #noneHealthy(upstream: Upstream, message: string): UpstreamOutcome {
    const backInMs = this.#context.upstreams.map((one) => {
      const standing = one.standing()
      return standing.kind === 'healthy' ? one.retryAfterS() * 1_000 : standing.backInMs
    })
    const retryAfterS = retryAfterSeconds(Math.min(...backInMs))
    const detail = `no upstream is healthy, and ${upstream.name} has failed as well: ${message}`
    return { kind: 'unavailable', reason: 'upstream_unavailable', detail, retryAfterS }
  }
}

type FailedCall = CallResult & { readonly kind: 'failed' | 'limited' }

/** An upstream that says when to come back, or limits us, is not there for now; any other failure is one. */
function valueOf(upstream: Upstream, { kind, message, retryAfterMs }: FailedCall): UpstreamOutcome {
  if (kind === 'failed' && retryAfterMs === undefined) return { kind: 'failed', detail: message }
  const retryAfterS = Math.max(retryAfterSeconds(retryAfterMs ?? 0), upstream.retryAfterS())
  return { kind: 'unavailable', reason: 'upstream_unavailable', detail: message, retryAfterS }
}

function allOpen(retryAfterS: number): UpstreamOutcome {
  const detail = 'all upstreams have failed too often lately'
  return { kind: 'unavailable', reason: 'upstream_unavailable', detail, retryAfterS }
}

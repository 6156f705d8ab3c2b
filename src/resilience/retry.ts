import type { Clock, Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import { fullJitterMs } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'
import { checkOptions } from './option-rules.ts'
import type { RetryBudget } from './retry-budget.ts'

/** When to stop trying. */
export interface RetryPolicy extends BackoffOptions {
  /** The first attempt included; whole, 1 to 5. */
  readonly maxAttempts: number
  /** No attempt is started with less time left than this; 0 or more. */
  readonly minAttemptMs: Milliseconds
}

/** What one attempt is told: its number, from 1, and the time left for it. */
export interface Attempt {
  readonly number: number
  readonly timeLeftMs: Milliseconds
}

/** How one attempt ended: for good (well or badly), or in a way that another attempt may change. */
export type AttemptOutcome<T> =
  | { readonly kind: 'final'; readonly value: T }
  | {
      readonly kind: 'retryable'
      readonly value: T
      /** What the upstream asked for; the wait is never shorter. */
      readonly retryAfterMs?: Milliseconds | undefined
    }

/** The value of the last attempt, and why there was no other. */
export interface RetryResult<T> {
  readonly value: T
  /** Attempts made, at least 1. */
  readonly attempts: number
  readonly stopped: 'final' | 'attempts' | 'deadline' | 'budget' | 'aborted'
}

/** What a retry loop works with. */
export interface RetryContext {
  readonly clock: Clock
  readonly random: Random
  readonly budget: RetryBudget
  /** On the clock; includes all attempts and waits. */
  readonly deadlineMs: Milliseconds
  /** Ends a wait at once. Ending an attempt under way is the attempt's own affair. */
  readonly signal: AbortSignal
}

/** More attempts multiply the load without helping anybody. */
const MAX_ATTEMPTS = 5

/**
 * Checks a policy; once, when it is configured.
 *
 * @throws {RangeError} naming every value out of range
 */
export function checkRetryPolicy({ maxAttempts, minAttemptMs, baseMs, capMs }: RetryPolicy): void {
  checkOptions('RetryPolicy', [
    { name: 'maxAttempts', value: maxAttempts, min: 1, max: MAX_ATTEMPTS, isWhole: true },
    { name: 'minAttemptMs', value: minAttemptMs, min: 0 },
    { name: 'baseMs', value: baseMs, min: 0 },
    { name: 'capMs', value: capMs, min: 0 },
  ])
}

/**
 * Repeats an attempt until it ends for good, or attempts, time or budget are used up. The first attempt is always made.
 *
 * A wait that would leave less than `minAttemptMs` is not begun: the last outcome is returned at once, so that
 * a Retry-After of an hour does not hold anybody. What an attempt throws ends the loop.
 */
export async function retry<T>(
  attempt: (attempt: Attempt) => Promise<AttemptOutcome<T>>,
  policy: RetryPolicy,
  { clock, random, budget, deadlineMs, signal }: RetryContext,
): Promise<RetryResult<T>> {
  budget.recordRequest()
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt({ number: attempts, timeLeftMs: deadlineMs - clock.now() })
    const stop = (stopped: RetryResult<T>['stopped']): RetryResult<T> => ({ value: outcome.value, attempts, stopped })
    if (outcome.kind === 'final') return stop('final')
    if (signal.aborted) return stop('aborted')
    if (attempts >= policy.maxAttempts) return stop('attempts')
    const { retryAfterMs = 0 } = outcome
    const roomMs = deadlineMs - policy.minAttemptMs - clock.now()
    const jitterMs = fullJitterMs(attempts - 1, policy, random)
    // Those who were told the same moment must not come back together, but a wait that fits is not given up for that.
    const waitMs = retryAfterMs > 0 ? retryAfterMs + Math.max(0, Math.min(jitterMs, roomMs - retryAfterMs)) : jitterMs
    if (waitMs > roomMs) return stop('deadline')
    if (!budget.tryWithdraw()) return stop('budget')
    await wait(waitMs, clock, signal)
    if (signal.aborted) return stop('aborted')
    // The clock may have woken us late.
    if (clock.now() + policy.minAttemptMs > deadlineMs) return stop('deadline')
  }
}

function wait(delayMs: Milliseconds, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.schedule(delayMs, end)
    signal.addEventListener('abort', end)
  })
}

import type { Clock, Milliseconds } from '../core/clock.ts'
import type { LimiterDecision, TokenGrant, TokenRequest } from './client-limiter.ts'
import type { DeadlineSweep } from './deadline.ts'
import { tokenMs } from './rate-limit.ts'
import type { RateLimit } from './rate-limit.ts'
import { retryAfterSeconds } from './retry-after-seconds.ts'

/** One limit that several processes keep together. */
export interface LeasedLimiterOptions extends RateLimit {
  /** Clients of which something is remembered here; whole, at least 1. */
  readonly maxClients: number
  /** How many share the limit; whole, at least 1. */
  readonly sharers: number
}

/** The way to whoever has the buckets. */
export interface TokenSource {
  /** Sends the requests; `onGranted` is called with the same id and one grant for each. */
  readonly ask: (id: number, requests: readonly TokenRequest[]) => void
  /** Runs a task when all requests and answers at hand have been looked at, so that tokens are asked for together. */
  readonly soon: (task: () => void) => void
}

/** Share of a full bucket that all sharers together may hold unused: how exact the limit is. */
const LEASED_FRACTION = 0.05
/** Whoever has the buckets answers within a millisecond, or is in trouble; a busy machine may hold him up. */
const ANSWER_TIMEOUT_MS: Milliseconds = 1_000
/** So long nobody is made to wait again after an answer that did not come. */
const SILENCE_MS: Milliseconds = 1_000
/** What a client has not used for so long goes back. */
const IDLE_MS: Milliseconds = 1_000
/** Leases looked at in one go: less than a millisecond of work. */
const IDLE_STEPS = 10_000
/** Leases looked at for each new client when there are too many. */
const SWEEP_STEPS = 8
/** The one of all clients that find no room. */
const OVERFLOW_KEY = 'overflow'
const UNJUDGED: LimiterDecision = { allowed: true }

/**
 * A limiter that lets requests through with tokens that it fetches from somebody else's buckets, a few at a time: several
 * processes keep one limit, however connections are spread over them and however often they are replaced.
 *
 * A token is used only once it has been granted, so together they never let more through than the buckets allow; they let at
 * most 5 % of a full bucket less through, which others hold at that moment. Small limits are kept exactly. Only requests that
 * find no token wait for one; refusals are remembered, and cost the owner of the buckets nothing.
 */
export class LeasedLimiter {
  readonly #maxClients: number
  readonly #source: TokenSource
  readonly #clock: Clock
  readonly #sweep: DeadlineSweep
  /** Tokens fetched at a time. */
  readonly #leaseSize: number
  readonly #tokenMs: Milliseconds
  readonly #leases = new Map<string, Lease>()
  #round: Iterator<Lease>
  #isRoundDue = false
  #toAsk: Lease[] = []
  #toReturn: TokenRequest[] = []
  #isAskDue = false
  readonly #asked = new Map<number, AskedLeases>()
  #nextId = 0
  #silentUntilMs: Milliseconds = Number.NEGATIVE_INFINITY

  constructor(
    { count, periodMs, maxClients, sharers }: LeasedLimiterOptions,
    source: TokenSource,
    clock: Clock,
    sweep: DeadlineSweep,
  ) {
    this.#leaseSize = Math.max(1, Math.floor((count * LEASED_FRACTION) / sharers))
    this.#tokenMs = tokenMs({ count, periodMs })
    this.#maxClients = maxClients
    this.#source = source
    this.#clock = clock
    this.#sweep = sweep
    this.#round = this.#leases.values()
  }

  /** Clients of which something is remembered at the moment. */
  get clients(): number {
    return this.#leases.size
  }

  /** Counts one request of the client and says whether it may pass, at once when that is known here. */
  take(clientKey: string): LimiterDecision | Promise<LimiterDecision> {
    const lease = this.#leases.get(clientKey) ?? this.#admit(clientKey)
    lease.isIdle = false
    if (lease.tokens > 0) {
      lease.tokens--
      // With single tokens the next one would only be kept from others.
      if (this.#leaseSize > 1 && lease.tokens <= this.#leaseSize / 2) this.#ask(lease)
      return { allowed: true, remaining: lease.tokens + lease.remaining }
    }
    const nowMs = this.#clock.now()
    if (nowMs < lease.refusedUntilMs) return refusedFor(lease.refusedUntilMs - nowMs)
    if (nowMs < this.#silentUntilMs) return UNJUDGED
    return new Promise((resolve) => {
      lease.waiting.push(resolve)
      this.#ask(lease)
    })
  }

  /** The answer to `ask`; one that comes too late was not waited for, and its tokens stand for what passed unjudged. */
  onGranted(id: number, grants: readonly TokenGrant[]): void {
    const asked = this.#asked.get(id)
    if (asked === undefined) return
    this.#asked.delete(id)
    asked.cancelTimeout()
    for (const [index, { lease, wanted }] of asked.leases.entries()) {
      const grant = grants[index]
      lease.isAsking = false
      if (grant !== undefined) this.#settle(lease, grant, grant.tokens < wanted && grant.waitMs > 0)
    }
  }

  /** Lets nobody wait any more, and gives back all that was not used: requests for whoever has the buckets. */
  close(): readonly TokenRequest[] {
    for (const id of this.#asked.keys()) this.#giveUp(id)
    for (const lease of this.#toAsk.splice(0)) lease.settleAll(UNJUDGED)
    const unused = [...this.#toReturn, ...[...this.#leases.values()].flatMap((lease) => this.#returned(lease))]
    this.#leases.clear()
    this.#toReturn = []
    return unused
  }

  #admit(clientKey: string): Lease {
    if (this.#leases.size >= this.#maxClients) this.#forget(SWEEP_STEPS, true)
    if (this.#leases.size < this.#maxClients) return this.#add(clientKey)
    return this.#leases.get(OVERFLOW_KEY) ?? this.#add(OVERFLOW_KEY)
  }

  #add(clientKey: string): Lease {
    const lease = new Lease(clientKey)
    this.#leases.set(clientKey, lease)
    this.#beginRound()
    return lease
  }

  #ask(lease: Lease): void {
    if (lease.isAsking) return
    lease.isAsking = true
    this.#toAsk.push(lease)
    this.#askSoon()
  }

  #askSoon(): void {
    if (this.#isAskDue) return
    this.#isAskDue = true
    this.#source.soon(this.#flush)
  }

  readonly #flush = (): void => {
    this.#isAskDue = false
    const leases = this.#toAsk.map((lease) => ({
      lease,
      wanted: Math.max(this.#leaseSize - lease.tokens, lease.waiting.length),
    }))
    const wanted = leases.map(({ lease, wanted: tokens }) => ({
      clientKey: lease.clientKey,
      wanted: tokens,
      needed: lease.waiting.length,
      unused: 0,
      tokenMs: this.#tokenMs,
    }))
    const requests = [...wanted, ...this.#toReturn]
    this.#toAsk = []
    this.#toReturn = []
    if (requests.length === 0) return
    const id = this.#nextId++
    if (leases.length > 0) {
      // If this process was itself held up, the answer may be here and not have been looked at.
      const timeout = this.#sweep.add(ANSWER_TIMEOUT_MS, () => this.#source.soon(() => this.#onSilence(id)))
      this.#asked.set(id, { leases, cancelTimeout: () => timeout.cancel() })
    }
    this.#source.ask(id, requests)
  }

  #onSilence(id: number): void {
    if (!this.#asked.has(id)) return
    this.#silentUntilMs = this.#clock.now() + SILENCE_MS
    this.#giveUp(id)
  }

  #giveUp(id: number): void {
    const { leases = [], cancelTimeout } = this.#asked.get(id) ?? {}
    this.#asked.delete(id)
    cancelTimeout?.()
    for (const { lease } of leases) {
      lease.isAsking = false
      lease.settleAll(UNJUDGED)
    }
  }

  /** @param isShort there was less than was wanted, and so is nothing left */
  #settle(lease: Lease, { tokens, remaining, waitMs }: TokenGrant, isShort: boolean): void {
    lease.tokens += tokens
    lease.remaining = remaining
    if (isShort) lease.refusedUntilMs = this.#clock.now() + waitMs
    for (const resolve of lease.waiting.splice(0, lease.tokens)) {
      lease.tokens--
      resolve({ allowed: true, remaining: lease.tokens + remaining })
    }
    if (lease.waiting.length > 0) {
      if (isShort) lease.settleAll(refusedFor(waitMs))
      else this.#ask(lease)
    } else if (lease.tokens === 0 && !isShort && this.#leaseSize === 1) {
      // Nothing is known of this client that is worth remembering.
      this.#leases.delete(lease.clientKey)
    }
  }

  #beginRound(): void {
    if (this.#isRoundDue) return
    this.#isRoundDue = true
    this.#clock.schedule(IDLE_MS, () => {
      this.#isRoundDue = false
      this.#forget(IDLE_STEPS, false)
      if (this.#leases.size > 0) this.#beginRound()
    })
  }

  /**
   * Looks at the next few leases, and gives back those that were not used since the last look.
   *
   * @param isFull forgets also refusals, which whoever has the buckets will repeat
   */
  #forget(steps: number, isFull: boolean): void {
    for (let step = 0; step < steps; step++) {
      const next = this.#round.next()
      if (next.done === true) {
        this.#round = this.#leases.values()
        return
      }
      const lease = next.value
      if (lease.isAsking) continue
      if (lease.isIdle || (isFull && lease.tokens === 0)) {
        this.#leases.delete(lease.clientKey)
        this.#toReturn.push(...this.#returned(lease))
        if (this.#toReturn.length > 0) this.#askSoon()
      }
      lease.isIdle = true
    }
  }

  #returned({ clientKey, tokens }: Lease): readonly TokenRequest[] {
    return tokens === 0 ? [] : [{ clientKey, wanted: 0, needed: 0, unused: tokens, tokenMs: this.#tokenMs }]
  }
}

interface AskedLeases {
  readonly leases: readonly { readonly lease: Lease; readonly wanted: number }[]
  readonly cancelTimeout: () => void
}

/** What is known of one client, and who waits for more. */
class Lease {
  readonly clientKey: string
  tokens = 0
  /** Left in the bucket when it was last asked. */
  remaining = 0
  refusedUntilMs: Milliseconds = Number.NEGATIVE_INFINITY
  waiting: ((decision: LimiterDecision) => void)[] = []
  isAsking = false
  /** Not used since it was last looked at. */
  isIdle = false

  constructor(clientKey: string) {
    this.clientKey = clientKey
  }

  settleAll(decision: LimiterDecision): void {
    for (const resolve of this.waiting.splice(0)) resolve(decision)
  }
}

function refusedFor(waitMs: Milliseconds): LimiterDecision {
  return { allowed: false, retryAfterS: retryAfterSeconds(waitMs) }
}

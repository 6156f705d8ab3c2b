import { lookup } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

import type { Clock, Milliseconds } from '../../core/clock.ts'

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

/** Finds the addresses of a host, and answers once. */
export type Resolve = (hostname: string, answer: Answer) => void

/** A name that could not be resolved is asked for again after this, however many calls want it meanwhile. */
const FAILURE_TTL_MS: Milliseconds = 1_000

/**
 * Remembers the addresses of one host, where the system would ask for every connection. Connections of Node try all of
 * them, so one address family that is dead does no harm.
 *
 * undici has an interceptor for this, which is made for many origins: it rewrites them, keeps addresses that refuse
 * connections, and asks again for every call while a name cannot be resolved.
 */
export class AddressCache {
  readonly #ttlMs: Milliseconds
  readonly #clock: Clock
  readonly #resolve: Resolve
  #known: { readonly answer: Parameters<Answer>; readonly untilMs: Milliseconds } | undefined
  /** While the question is open: one question, whoever waits for its answer. */
  #waiting: Answer[] | undefined

  constructor(ttlMs: Milliseconds, clock: Clock, resolve: Resolve = resolveAll) {
    this.#ttlMs = ttlMs
    this.#clock = clock
    this.#resolve = resolve
  }

  /** For `net.connect`; always for the same host. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    const answer: Answer = (error, addresses) => {
      if (options.all === true) callback(error, addresses)
      else callback(error, addresses[0]?.address ?? '', addresses[0]?.family)
    }
    const known = this.#known
    // Whoever connects has not yet said whom to tell of an error.
    if (known !== undefined && this.#clock.now() < known.untilMs) queueMicrotask(() => answer(...known.answer))
    else if (this.#waiting === undefined) this.#ask(hostname, answer)
    else this.#waiting.push(answer)
  }

  /** Has the next connection ask again: nobody answered at the addresses. That there are none stays known. */
  forget(): void {
    if (this.#known?.answer[0] === null) this.#known = undefined
  }

  #ask(hostname: string, first: Answer): void {
    this.#waiting = [first]
    this.#resolve(hostname, (error, addresses) => {
      const waiting = this.#waiting ?? []
      this.#waiting = undefined
      const ttlMs = error === null ? this.#ttlMs : FAILURE_TTL_MS
      this.#known = { answer: [error, addresses], untilMs: this.#clock.now() + ttlMs }
      for (const answer of waiting) answer(error, addresses)
    })
  }
}

/** In the order of the system. */
function resolveAll(hostname: string, answer: Answer): void {
  // Without addresses there are none, whatever the types say.
  lookup(hostname, { all: true }, (error, addresses?: LookupAddress[]) => answer(error, addresses ?? []))
}

import type { Dispatcher } from 'undici'

import type { Clock, Milliseconds } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import type { Deadline, DeadlineSweep } from '../../resilience/deadline.ts'
import type { Connection } from './connections.ts'

/** How long each part of an exchange may take, and all of it. */
export interface ExchangeTimeouts {
  readonly connectMs: Milliseconds
  readonly headersMs: Milliseconds
  /** Between two pieces of the body. */
  readonly bodyMs: Milliseconds
  readonly totalMs: Milliseconds
}

/** What is sent. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | null
}

/** How one request and its answer went. */
export type ExchangeResult =
  /** The body is whole, as far as HTTP can tell. */
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfter: string | undefined
      readonly body: string
    }
  /** `isSent`: the other side may have received the request, and worked on it; `isOverdue`: a limit of ours has ended it. */
  | { readonly kind: 'broken'; readonly reason: string; readonly isSent: boolean; readonly isOverdue: boolean }
  /** `silentMs`: since the request was sent, or since the last piece of its answer; 0 when it was not sent. */
  | { readonly kind: 'cancelled'; readonly silentMs: Milliseconds }

/** An answer is read whole into memory. */
const MAX_ANSWER_BYTES = 10_485_760
const FIRST_FINAL_STATUS = 200

/** What an exchange works with. */
export interface ExchangeContext {
  readonly clock: Clock
  readonly sweep: DeadlineSweep
  readonly timeouts: ExchangeTimeouts
  /** Gives the exchange up; nothing listens to it afterwards. */
  readonly signal: AbortSignal
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/**
 * Sends one request over a connection and reads its answer. Unless it was answered, the connection must be discarded, which
 * also ends what is still under way; so no request needs an abort controller or a timer.
 */
export function exchange(
  { client }: Connection,
  request: ExchangeRequest,
  { clock, sweep, timeouts, signal }: ExchangeContext,
): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    const end = (result: ExchangeResult): void => {
      signal.removeEventListener('abort', cancel)
      resolve(result)
    }
    const handler = new ExchangeHandler(timeouts, clock, sweep, end)
    const cancel = (): void => handler.cancel()
    signal.addEventListener('abort', cancel)
    handler.start()
    client.dispatch(request, handler)
  })
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #timeouts: ExchangeTimeouts
  readonly #clock: Clock
  readonly #sweep: DeadlineSweep
  readonly #onEnd: (result: ExchangeResult) => void
  #total: Deadline | undefined
  #part: Deadline | undefined
  #isEnded = false
  #isSent = false
  #status = 0
  #retryAfter: string | undefined
  #chunks: Buffer[] = []
  #bytes = 0
  /** When the request was sent, or the last piece of its answer came. */
  #lastNewsAtMs: Milliseconds = 0

  constructor(timeouts: ExchangeTimeouts, clock: Clock, sweep: DeadlineSweep, onEnd: (result: ExchangeResult) => void) {
    this.#timeouts = timeouts
    this.#clock = clock
    this.#sweep = sweep
    this.#onEnd = onEnd
  }

  start(): void {
    const { totalMs, connectMs } = this.#timeouts
    this.#total = this.#sweep.add(totalMs, () => this.#overdue(`no answer within ${Math.round(totalMs)} ms`))
    this.#limit(connectMs, 'no connection')
  }

  end(result: ExchangeResult): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#total?.cancel()
    this.#part?.cancel()
    this.#onEnd(result)
  }

  /** The connection is there, and the request is written now. */
  onRequestStart(): void {
    this.#isSent = true
    this.#lastNewsAtMs = this.#clock.now()
    this.#limit(this.#timeouts.headersMs, 'no answer')
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < FIRST_FINAL_STATUS) return
    this.#status = status
    const retryAfter = headers['retry-after']
    if (typeof retryAfter === 'string') this.#retryAfter = retryAfter
    this.#lastNewsAtMs = this.#clock.now()
    this.#watchBody(this.#timeouts.bodyMs)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#lastNewsAtMs = this.#clock.now()
    if (this.#bytes > MAX_ANSWER_BYTES) this.#break(`an answer of more than ${MAX_ANSWER_BYTES} bytes`)
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const body = this.#chunks.length === 1 ? String(this.#chunks[0]) : Buffer.concat(this.#chunks).toString()
    this.end({ kind: 'answered', status: this.#status, retryAfter: this.#retryAfter, body })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // Clients may read this: the code says enough, and no address.
    this.#break('code' in error ? String(error.code) : messageOf(error))
  }

  cancel(): void {
    this.end({ kind: 'cancelled', silentMs: this.#isSent ? this.#clock.now() - this.#lastNewsAtMs : 0 })
  }

  #overdue(reason: string): void {
    this.#break(reason, true)
  }

  #break(reason: string, isOverdue = false): void {
    this.#chunks = []
    this.end({ kind: 'broken', reason, isSent: this.#isSent, isOverdue })
  }

  /** A limit that does not come before the end of the whole needs no deadline of its own. */
  #limit(partMs: Milliseconds, what: string): void {
    this.#part?.cancel()
    this.#part =
      partMs < this.#timeouts.totalMs
        ? this.#sweep.add(partMs, () => this.#overdue(`${what} within ${Math.round(partMs)} ms`))
        : undefined
  }

  /** One deadline for all pieces, moved when it falls due, instead of a new one for each. */
  #watchBody(leftMs: Milliseconds): void {
    this.#part?.cancel()
    const { bodyMs } = this.#timeouts
    this.#part = this.#sweep.add(leftMs, () => {
      const pauseMs = this.#clock.now() - this.#lastNewsAtMs
      if (pauseMs < bodyMs) this.#watchBody(bodyMs - pauseMs)
      else this.#overdue(`a pause of ${Math.round(bodyMs)} ms in its answer`)
    })
  }
}

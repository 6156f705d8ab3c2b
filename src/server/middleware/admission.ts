import type { Clock, Milliseconds } from '../../core/clock.ts'
import { AdaptiveLimit } from '../../resilience/adaptive-limit.ts'
import type { WorkOutcome } from '../../resilience/adaptive-limit.ts'
import type { Deadline, DeadlineSweep } from '../../resilience/deadline.ts'
import { RequestQueue } from '../../resilience/request-queue.ts'
import type { QueueRefusal, QueueTicket, RequestQueueStats } from '../../resilience/request-queue.ts'
import { clientGone, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { QueueFigures } from '../messages.ts'
import type { Histogram } from '../metrics/histogram.ts'
import type { QueueOptions } from '../options/queue.ts'
import type { Middleware, Next } from '../pipeline.ts'
import type { RequestContext } from '../request-context.ts'

/** What admission needs of its process. */
export interface AdmissionParts {
  readonly clock: Clock
  readonly sweep: DeadlineSweep
  /** Gets how long each admitted request has waited, in seconds. */
  readonly waits: Histogram
  /** After so long a request is given up by others; its place is free after as long again, whatever its work does. */
  readonly requestTimeoutMs: Milliseconds
}

/** An adaptive limit never falls below it: one slow request must not stop the others. */
const MIN_ADAPTIVE_LIMIT = 4

const REFUSALS: Readonly<Record<QueueRefusal, Answer>> = {
  queue_full: refusal(503, 'queue_full', {
    detail: 'too many requests wait already',
    retryAfterS: 1,
  }),
  queue_timeout: refusal(503, 'queue_timeout', {
    detail: 'no place became free in time',
    retryAfterS: 1,
  }),
}

/**
 * Lets a request in when there is a place for it. The place is held until the work has really ended, also when the client
 * has got its 504 or is gone; a client that leaves while it waits gives its turn up. Work that never ends loses its place
 * in the end, because otherwise nobody would be let in any more.
 */
export class Admission {
  readonly #queue: RequestQueue
  readonly #limit: AdaptiveLimit | undefined
  readonly #capacity: number
  readonly #parts: AdmissionParts

  /** @throws {RangeError} naming every option out of range */
  constructor(options: QueueOptions, parts: AdmissionParts) {
    const { concurrency: max, isAdaptive, capacity } = options
    this.#limit = isAdaptive
      ? new AdaptiveLimit({ min: Math.min(MIN_ADAPTIVE_LIMIT, max), max }, parts.clock)
      : undefined
    this.#queue = new RequestQueue({ ...options, concurrency: this.#limit?.limit ?? max }, parts.sweep)
    this.#capacity = capacity
    this.#parts = parts
  }

  readonly middleware: Middleware = (context, next) => {
    if (context.route.isExempt === true) return next(context)
    const askedAtMs = this.#parts.clock.now()
    let answer: Answer | Promise<Answer> | undefined
    let settle = (made: Answer | Promise<Answer>): void => {
      answer = made
    }
    const ticket = this.#queue.admit(
      (place) => {
        this.#parts.waits.observe((this.#parts.clock.now() - askedAtMs) / 1_000)
        settle(this.#run(context, next, place))
      },
      (reason) => settle(REFUSALS[reason]),
    )
    if (answer !== undefined) return answer
    return new Promise<Answer>((resolve) => {
      settle = resolve
      context.onAbort(() => {
        ticket.cancel()
        resolve(clientGone())
      })
    })
  }

  /** As many wait as may. */
  get isFull(): boolean {
    return this.#queue.stats().waiting >= this.#capacity && this.#queue.stats().running >= this.#queue.concurrency
  }

  /** Of this moment; the counts are since the start. */
  figures(): QueueFigures {
    const { running, waiting, admitted, refused } = this.#queue.stats()
    return {
      running,
      waiting,
      admitted,
      refused: refused.queue_full + refused.queue_timeout,
      limit: this.#queue.concurrency,
    }
  }

  /** Requests turned away since the start, by reason. */
  refused(): RequestQueueStats['refused'] {
    return this.#queue.stats().refused
  }

  /** Work that is done at once gives its place back at once. */
  #run(context: RequestContext, next: Next, place: QueueTicket): Answer | Promise<Answer> {
    const end = this.#measure()
    let answer: Answer | Promise<Answer>
    try {
      answer = next(context)
    } catch (error) {
      answer = Promise.reject(error)
    }
    if (answer instanceof Promise) return this.#follow(context, answer, end, place)
    const outcome = outcomeOf(answer)
    // Nothing else has run meanwhile, so that its time says nothing about company.
    end(outcome === 'done' ? 'ignored' : outcome)
    place.release()
    return answer
  }

  async #follow(
    context: RequestContext,
    work: Promise<Answer>,
    end: (outcome: WorkOutcome) => void,
    place: QueueTicket,
  ): Promise<Answer> {
    let lastResort: Deadline | undefined
    context.onAbort(() => {
      const tookMs = this.#parts.clock.now() - context.startedAtMs
      end(tookMs >= this.#parts.requestTimeoutMs ? 'dropped' : 'ignored')
      lastResort = this.#parts.sweep.add(this.#parts.requestTimeoutMs, () => place.release())
    })
    try {
      const answer = await work
      end(outcomeOf(answer))
      return answer
    } finally {
      end('ignored')
      lastResort?.cancel()
      place.release()
    }
  }

  /** The first outcome counts. */
  #measure(): (outcome: WorkOutcome) => void {
    const limit = this.#limit
    if (limit === undefined) return unmeasured
    let sample: ReturnType<AdaptiveLimit['begin']> | undefined = limit.begin()
    return (outcome) => {
      if (sample === undefined) return
      const begun = sample
      sample = undefined
      if (limit.end(begun, outcome)) this.#queue.resize(limit.limit, this.#capacity)
    }
  }
}

/** Whoever is told of a mistake, or of an upstream that does not answer at all, has had little done for him. */
function outcomeOf({ status }: Answer): WorkOutcome {
  if (status === 503 || status === 504) return 'dropped'
  return status < 400 ? 'done' : 'ignored'
}

function unmeasured(): void {}

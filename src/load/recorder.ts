import type { Milliseconds } from '../core/clock.ts'
import type { EncodedHistogram, GeneratorResult, GeneratorSnapshot, RouteResult } from '../core/generator-messages.ts'
import { OUTCOMES, type OTHER_TIMED_OUTCOMES, type RequestCounts } from '../core/measurement.ts'
import { LatencyHistogram } from '../stats/latency-histogram.ts'
import { errorKey } from './error-codes.ts'
import type { AnswerOutcome } from './outcome.ts'
import { noRequests, type RunningCounts, sumCounts } from './request-counts.ts'

const MICROSECONDS_PER_MS = 1_000

type OtherOutcome = (typeof OTHER_TIMED_OUTCOMES)[number]

/**
 * Response and service times of the same answers; allocated with the first one, because a pair takes 190 KiB. As long as
 * they are equal, as all are in a closed loop, one histogram is both.
 */
class Times {
  readonly response = new LatencyHistogram()
  #service: LatencyHistogram | undefined

  get service(): LatencyHistogram {
    return this.#service ?? this.response
  }

  record(responseMs: Milliseconds, serviceMs: Milliseconds): void {
    if (this.#service === undefined && serviceMs !== responseMs) {
      this.#service = new LatencyHistogram()
      this.#service.add(this.response)
    }
    this.response.record(responseMs * MICROSECONDS_PER_MS)
    this.#service?.record(serviceMs * MICROSECONDS_PER_MS)
  }
}

interface Route {
  readonly name: string
  readonly counts: RunningCounts
  good: Times | undefined
}

/** The part of a result that requests are the source of. */
export type Recorded = Omit<
  GeneratorResult,
  'sendingMs' | 'totalMs' | 'cpuMs' | 'runQueueDelayMs' | 'loopDelayP99Ms' | 'connectionsOpened'
>

/**
 * Counts and times of one phase. A request is `send` once and settled once, by `answer`, `timeOut` or `lose`; what is not
 * settled in the end is unfinished, so the outcomes always add up to what was sent. Memory does not grow with requests.
 */
export class Recorder {
  readonly #routes: readonly Route[]
  readonly #onIdle: () => void
  readonly #others = new Map<OtherOutcome, Times>()
  readonly #errors = new Map<string, number>()
  readonly #statusCodes = new Map<number, number>()
  #lateness: LatencyHistogram | undefined
  #inFlight = 0
  #sent = 0
  #completed = 0
  #isSending = true
  #completedWhileSending = 0
  #goodWhileSending = 0

  /** @param onIdle called when a request was settled and none is in flight any more */
  constructor(routeNames: readonly string[], onIdle: () => void = () => undefined) {
    this.#routes = routeNames.map((name) => ({ name, counts: noRequests(), good: undefined }))
    this.#onIdle = onIdle
  }

  /** Requests that were sent and are not settled. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Requests that were sent. */
  get sent(): number {
    return this.#sent
  }

  /** Requests that got an answer, whatever it was. */
  get completed(): number {
    return this.#completed
  }

  /** @param latenessMs actual minus intended start; not given in a closed loop, which intends none */
  send(route: number, latenessMs?: Milliseconds): void {
    this.#inFlight++
    this.#sent++
    const { counts } = this.#route(route)
    counts.scheduled++
    counts.sent++
    if (latenessMs === undefined) return
    this.#lateness ??= new LatencyHistogram()
    this.#lateness.record(latenessMs * MICROSECONDS_PER_MS)
  }

  /** An arrival that is never sent. */
  drop(route: number): void {
    const { counts } = this.#route(route)
    counts.scheduled++
    counts.dropped++
  }

  /** A complete answer. */
  answer(
    route: number,
    answer: { readonly outcome: AnswerOutcome; readonly statusCode: number; readonly isCached: boolean },
    responseMs: Milliseconds,
    serviceMs: Milliseconds,
  ): void {
    const { outcome, statusCode, isCached } = answer
    const target = this.#route(route)
    target.counts[outcome]++
    this.#completed++
    this.#statusCodes.set(statusCode, (this.#statusCodes.get(statusCode) ?? 0) + 1)
    if (this.#isSending) this.#completedWhileSending++
    if (outcome === 'good') {
      if (isCached) target.counts.cached++
      if (this.#isSending) this.#goodWhileSending++
      target.good ??= new Times()
      target.good.record(responseMs, serviceMs)
    } else this.#timesOf(outcome).record(responseMs, serviceMs)
    this.#settle()
  }

  /** An answer that is not HTTP, or none that belongs to the request: it failed, and has no status. */
  failUnreadable(route: number, code: string, responseMs: Milliseconds, serviceMs: Milliseconds): void {
    this.#route(route).counts.failed++
    this.#completed++
    this.#count(code)
    this.#timesOf('failed').record(responseMs, serviceMs)
    this.#settle()
  }

  /** No complete answer in time; the times are those at which it was given up. */
  timeOut(route: number, responseMs: Milliseconds, serviceMs: Milliseconds): void {
    this.#route(route).counts.timedOut++
    this.#timesOf('timedOut').record(responseMs, serviceMs)
    this.#settle()
  }

  /** The connection could not be made, or ended before the whole answer. */
  lose(route: number, code: string): void {
    this.#route(route).counts.lost++
    this.#count(code)
    this.#settle()
  }

  /** Answers from now on belong to the drain, not to the throughput. */
  endSending(): void {
    this.#isSending = false
  }

  snapshot(elapsedMs: Milliseconds): GeneratorSnapshot {
    return {
      elapsedMs,
      counts: sumCounts(this.#routes.map((route) => route.counts)),
      inFlight: this.#inFlight,
      responseTime: this.#goodResponseTime(),
      otherResponseTimes: Object.fromEntries(
        [...this.#others].map(([outcome, { response }]) => [outcome, response.encode()]),
      ),
    }
  }

  /** The state as the final one: what is in flight becomes `unfinished`. */
  result(): Recorded {
    const sentRoutes = this.#routes.filter((route) => route.counts.sent > 0)
    const routes = sentRoutes.map(({ name, counts, good }): RouteResult => {
      const { responseTime, serviceTime } = encode(good)
      return { name, counts: withUnfinished(counts), responseTime, serviceTime }
    })
    return {
      counts: withUnfinished(sumCounts(this.#routes.map((route) => route.counts))),
      completedWhileSending: this.#completedWhileSending,
      goodWhileSending: this.#goodWhileSending,
      routes,
      otherOutcomes: Object.fromEntries([...this.#others].map(([outcome, times]) => [outcome, encode(times)])),
      errors: Object.fromEntries(this.#errors),
      statusCodes: Object.fromEntries(this.#statusCodes),
      lateness: (this.#lateness ?? EMPTY).encode(),
    }
  }

  #settle(): void {
    this.#inFlight--
    if (this.#inFlight === 0) this.#onIdle()
  }

  #count(code: string): void {
    const key = errorKey(this.#errors, code)
    this.#errors.set(key, (this.#errors.get(key) ?? 0) + 1)
  }

  #timesOf(outcome: OtherOutcome): Times {
    let times = this.#others.get(outcome)
    if (times === undefined) this.#others.set(outcome, (times = new Times()))
    return times
  }

  #goodResponseTime(): EncodedHistogram {
    const [first, ...rest] = this.#routes.flatMap((route) => (route.good === undefined ? [] : [route.good.response]))
    if (first === undefined) return EMPTY.encode()
    if (rest.length === 0) return first.encode()
    const merged = new LatencyHistogram()
    for (const histogram of [first, ...rest]) merged.add(histogram)
    return merged.encode()
  }

  #route(index: number): Route {
    const route = this.#routes[index]
    if (route === undefined) throw new RangeError(`there is no route ${index}`)
    return route
  }
}

const EMPTY = new LatencyHistogram()

function withUnfinished(counts: RequestCounts): RequestCounts {
  const settled = OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0)
  return { ...counts, unfinished: counts.sent - settled }
}

function encode(times: Times | undefined): { responseTime: EncodedHistogram; serviceTime: EncodedHistogram } {
  return { responseTime: (times?.response ?? EMPTY).encode(), serviceTime: (times?.service ?? EMPTY).encode() }
}

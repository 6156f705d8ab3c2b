import type { Milliseconds } from '../../core/clock.ts'
import type { Answer } from '../answer.ts'
import type { RequestObserver } from '../middleware/observe.ts'
import type { RequestContext } from '../request-context.ts'
import { Histogram } from './histogram.ts'
import type { SnapshotBuilder } from './snapshot.ts'

/** What stands for every path that no route has. */
export const UNMATCHED_ROUTE = 'unmatched'
/** What stands for every method that is not one of RFC 9110 or PATCH. */
const OTHER_METHOD = 'OTHER'
/** The client left before its answer; nginx's number for it. */
const CLIENT_LEFT_STATUS = 499

const KNOWN_METHODS: ReadonlySet<string> = new Set('GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH'.split(' '))
/** What a request has come to whose handler failed; statuses from here on are the fault of the server. */
export const FAILED_STATUS = 500

interface MethodSeries {
  readonly durations: Histogram
  readonly byStatus: Map<number, { count: number }>
}

/**
 * Counts the requests of one worker by method, route and status. As many series as the server has routes, whatever
 * clients ask for; a request costs four look-ups in small maps and as many additions.
 */
export class RequestMetrics implements RequestObserver {
  readonly #routes = new Map<string, Map<string, MethodSeries>>()
  readonly #healthChecks = new Map<string, Histogram>()
  #inProgress = 0

  /** @param healthPaths routes whose time is told as that of health checks too */
  constructor(healthPaths: readonly string[]) {
    for (const path of healthPaths) this.#healthChecks.set(path, new Histogram())
  }

  onStart(): void {
    this.#inProgress++
  }

  onEnd(context: RequestContext, answer: Answer | undefined, durationMs: Milliseconds): void {
    this.#inProgress--
    const { path } = context.route
    const { durations, byStatus } = this.#seriesOf(path, context.request.method ?? OTHER_METHOD)
    const seconds = durationMs / 1_000
    durations.observe(seconds)
    this.#healthChecks.get(path)?.observe(seconds)
    const status = statusOf(context, answer)
    const requests = byStatus.get(status)
    if (requests === undefined) byStatus.set(status, { count: 1 })
    else requests.count++
  }

  addTo(snapshot: SnapshotBuilder): void {
    snapshot.add('http_requests_in_progress', this.#inProgress)
    for (const [path, histogram] of this.#healthChecks) {
      snapshot.add('health_check_duration_seconds', histogram.values(), path)
    }
    for (const [path, methods] of this.#routes) {
      const route = path === '' ? UNMATCHED_ROUTE : path
      for (const [method, { durations, byStatus }] of methods) {
        snapshot.add('http_request_duration_seconds', durations.values(), method, route)
        for (const [status, { count }] of byStatus) {
          snapshot.add('http_requests_total', count, method, route, String(status))
        }
      }
    }
  }

  #seriesOf(path: string, rawMethod: string): MethodSeries {
    const method = KNOWN_METHODS.has(rawMethod) ? rawMethod : OTHER_METHOD
    let methods = this.#routes.get(path)
    if (methods === undefined) this.#routes.set(path, (methods = new Map()))
    let series = methods.get(method)
    if (series === undefined) methods.set(method, (series = { durations: new Histogram(), byStatus: new Map() }))
    return series
  }
}

/**
 * The status that stands for the end of a request in metrics and logs: that of the answer, 500 when there is none because a
 * handler failed, 499 when the client has left.
 */
export function statusOf({ response }: RequestContext, answer: Answer | undefined): number {
  return response.destroyed ? CLIENT_LEFT_STATUS : (answer?.status ?? FAILED_STATUS)
}

import type { Milliseconds } from '../../core/clock.ts'
import { bodyBytes } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { clientKey } from '../client-address.ts'
import { FAILED_STATUS, statusOf, UNMATCHED_ROUTE } from '../metrics/request-metrics.ts'
import type { RequestObserver } from '../middleware/observe.ts'
import type { RequestContext } from '../request-context.ts'
import { isLogged } from './log-level.ts'
import type { LogLevel } from './log-level.ts'

/** Whoever sends longer paths is not helped by reading them. */
const MAX_PATH_LENGTH = 1_024

/**
 * One line for each request: time, level, method, route, path, status, durationMs, bytes (of the body), requestId, client
 * (an IPv6 client by its network). Never headers, bodies, or the query, which may hold secrets.
 *
 * Lines are put together by hand, several times faster than JSON.stringify; all that a client chooses is escaped, or
 * checked before (the request id).
 */
export class AccessLog implements RequestObserver {
  readonly #level: LogLevel
  readonly #write: (line: string) => void
  readonly #wallClockMs: () => number
  /** Of this millisecond; most requests share it with others. */
  #timeMs = Number.NaN
  #time = ''

  /** @param write takes whole lines */
  constructor(level: LogLevel, write: (line: string) => void, wallClockMs: () => number = Date.now) {
    this.#level = level
    this.#write = write
    this.#wallClockMs = wallClockMs
  }

  onEnd(context: RequestContext, answer: Answer | undefined, durationMs: Milliseconds): void {
    const { request, route, path, requestId } = context
    const status = statusOf(context, answer)
    const level = status >= FAILED_STATUS ? 'error' : route.isExempt === true ? 'debug' : 'info'
    if (!isLogged(level, this.#level)) return
    const method = JSON.stringify(request.method ?? '')
    const routePath = route.path === '' ? UNMATCHED_ROUTE : route.path
    const bytes = answer === undefined || request.method === 'HEAD' ? 0 : bodyBytes(answer)
    const took = Math.round(durationMs * 1_000) / 1_000
    const client = clientKey(request.socket.remoteAddress)
    this.#write(
      `{"time":"${this.#timeText()}","level":"${level}","method":${method},"route":"${routePath}",` +
        `"path":${JSON.stringify(path.slice(0, MAX_PATH_LENGTH))},"status":${status},"durationMs":${took},` +
        `"bytes":${bytes},"requestId":"${requestId}","client":"${client}"}\n`,
    )
  }

  #timeText(): string {
    const nowMs = this.#wallClockMs()
    if (nowMs !== this.#timeMs) {
      this.#timeMs = nowMs
      this.#time = new Date(nowMs).toISOString()
    }
    return this.#time
  }
}

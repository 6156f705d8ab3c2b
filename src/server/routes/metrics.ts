import { hash, timingSafeEqual } from 'node:crypto'

import { refusal } from '../answer.ts'
import { METRICS_CONTENT_TYPE, metricsFormat } from '../metrics/exposition.ts'
import type { MetricsFormat } from '../metrics/exposition.ts'
import type { Route } from '../router.ts'

const SCHEME = 'bearer '

/**
 * The metrics of the whole server on its main port, for who carries the token. For everybody else the path does not exist, so
 * that whoever guesses tokens learns nothing and goes through the rate limiter.
 *
 * @param token not empty
 * @param page resolves with undefined when the primary does not answer in time
 */
export function metricsRoute(token: string, page: (format: MetricsFormat) => Promise<string | undefined>): Route {
  const expected = digest(token)
  const notReady = refusal(503, 'metrics_unavailable', {
    detail: 'the primary has not answered in time',
    retryAfterS: 1,
  })
  return {
    method: 'GET',
    path: '/metrics',
    isExempt: true,
    isVisibleTo: ({ headers }) => {
      const given = headers.authorization ?? ''
      const isBearer = given.slice(0, SCHEME.length).toLowerCase() === SCHEME
      // Digests have the same length, so that the time of the comparison tells nothing.
      return isBearer && timingSafeEqual(digest(given.slice(SCHEME.length)), expected)
    },
    handle: async ({ request }) => {
      const format = metricsFormat(request.headers.accept)
      const body = await page(format)
      return body === undefined ? notReady : { status: 200, contentType: METRICS_CONTENT_TYPE[format], body }
    },
  }
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

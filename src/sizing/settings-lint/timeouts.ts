import type { Finding } from './finding.ts'
import { figure, span } from './figures.ts'
import type { LintInput } from './lint-input.ts'
import { nameIn, numberOf, secondsOf, type StatedSettings, asWritten } from './stated-settings.ts'

const CALL = ['UPSTREAM_CONNECT_TIMEOUT', 'UPSTREAM_TIMEOUT', 'RETRY_MAX_ATTEMPTS', 'RETRY_MAX_DELAY'] as const

/**
 * A request that ends before its upstream call may takes the call with it: the upstream's timeout never comes to bear, nor
 * do the retries that do not fit in.
 *
 * The documents have 60 s for the request and 120 s for the upstream.
 */
export function upstreamTimeoutFindings({ stated }: LintInput): readonly Finding[] {
  const requestS = secondsOf(stated, 'REQUEST_TIMEOUT')
  const call = longestCall(stated)
  if (requestS === undefined || requestS === 0 || call === null || call.seconds <= requestS) return []
  const isEvenTheFirst = (secondsOf(stated, 'UPSTREAM_TIMEOUT') ?? 0) > requestS
  return [
    {
      rule: 'upstream-timeout',
      severity: isEvenTheFirst ? 'doubtful' : 'info',
      settings: asWritten(stated, 'REQUEST_TIMEOUT', ...CALL),
      arithmetic: `a call to an upstream may take ${call.text}, and the request ends after ${span(requestS)}: ${isEvenTheFirst ? 'a slow call is given up before its own timeout' : 'not every attempt fits in when the upstream is slow'}`,
      change: `let REQUEST_TIMEOUT be the longest of them, or shorten UPSTREAM_TIMEOUT or the number of attempts`,
    },
  ]
}

/**
 * The manager of the workers must not be the first to lose patience: gunicorn kills a synchronous worker whose request takes
 * longer than `timeout`. An event loop gives its sign of life meanwhile, which is why this is a doubt.
 *
 * @see gunicorn's documentation, `timeout`
 */
export function workerTimeoutFindings({ stated }: LintInput): readonly Finding[] {
  const workerS = secondsOf(stated, 'WORKER_TIMEOUT')
  const requestS = secondsOf(stated, 'REQUEST_TIMEOUT')
  const call = requestS === undefined ? longestCall(stated) : { seconds: requestS, text: span(requestS) }
  if (workerS === undefined || workerS === 0 || call === null || call.seconds < workerS) return []
  return [
    {
      rule: 'worker-timeout',
      severity: 'doubtful',
      settings: asWritten(stated, 'WORKER_TIMEOUT', 'REQUEST_TIMEOUT', ...(requestS === undefined ? CALL : [])),
      arithmetic: `a worker counts as hung after ${span(workerS)}, and one request may take ${call.text}: a worker that serves one request at a time is killed in the middle of it`,
      change: `${nameIn(stated, 'WORKER_TIMEOUT')} above ${figure(call.seconds)} s, or shorter requests; an event loop that goes on meanwhile needs neither`,
    },
  ]
}

/** A worker that is replaced gives its requests the graceful time; what takes longer is cut off. */
export function gracefulTimeoutFindings({ stated }: LintInput): readonly Finding[] {
  return nested(stated, 'graceful-timeout', 'GRACEFUL_TIMEOUT', 'REQUEST_TIMEOUT', (gracefulS, requestS) => ({
    isFine: gracefulS >= requestS,
    arithmetic: `a worker that ends waits ${span(gracefulS)}, and a request may take ${span(requestS)}: slow requests are cut off at each restart`,
    change: `GRACEFUL_TIMEOUT=${figure(requestS)} or more (and as long in what stops the process), or a shorter REQUEST_TIMEOUT`,
  }))
}

/** A wait within the request that may outlast it: the client has its 504 before the wait ends. */
export function innerTimeoutFindings({ stated }: LintInput): readonly Finding[] {
  return ['QUEUE_TIMEOUT', 'CPU_TASK_TIMEOUT', 'POOL_TIMEOUT'].flatMap((name) =>
    nested(stated, 'inner-timeout', name, 'REQUEST_TIMEOUT', (innerS, requestS) => ({
      isFine: innerS < requestS,
      arithmetic: `${name} is ${span(innerS)}, and the request has ended after ${span(requestS)}: the client has 504, and never the answer that ${name} gives`,
      change: `${name} below ${figure(requestS)} s`,
    })),
  )
}

/** Response times that are expected of one in twenty, and that the request timeout does not allow. */
export function expectedTimeFindings({ stated, facts }: LintInput): readonly Finding[] {
  const requestS = secondsOf(stated, 'REQUEST_TIMEOUT')
  const { p95Ms } = facts.expected
  if (requestS === undefined || requestS === 0 || p95Ms === null || p95Ms / 1_000 < requestS) return []
  return [
    {
      rule: 'expected-time',
      severity: 'wrong',
      settings: asWritten(stated, 'REQUEST_TIMEOUT'),
      arithmetic: `one request in twenty is expected to take ${span(p95Ms / 1_000)} or more, and all end with 504 after ${span(requestS)}: 5% errors at least`,
      change: `REQUEST_TIMEOUT well above the p95, or expect a shorter p95`,
    },
  ]
}

/** One call with all its attempts and waits, as far as they are stated; null without a timeout. */
function longestCall(stated: StatedSettings): { readonly seconds: number; readonly text: string } | null {
  const timeoutS = secondsOf(stated, 'UPSTREAM_TIMEOUT')
  if (timeoutS === undefined) return null
  const connectS = secondsOf(stated, 'UPSTREAM_CONNECT_TIMEOUT') ?? 0
  const attempts = Math.max(1, numberOf(stated, 'RETRY_MAX_ATTEMPTS') ?? 1)
  const delayS = secondsOf(stated, 'RETRY_MAX_DELAY') ?? 0
  const seconds = attempts * (connectS + timeoutS) + (attempts - 1) * delayS
  const one = connectS === 0 ? span(timeoutS) : `(${span(connectS)} to connect + ${span(timeoutS)})`
  const waits = attempts > 1 && delayS > 0 ? ` + ${attempts - 1} × ${span(delayS)} of waiting` : ''
  const isProduct = connectS > 0 || attempts > 1
  return { seconds, text: isProduct ? `${attempts} × ${one}${waits} = ${figure(seconds)} s` : one }
}

function nested(
  stated: StatedSettings,
  rule: string,
  inner: string,
  outer: string,
  judge: (innerS: number, outerS: number) => { isFine: boolean; arithmetic: string; change: string },
): readonly Finding[] {
  const innerS = secondsOf(stated, inner)
  const outerS = secondsOf(stated, outer)
  if (innerS === undefined || outerS === undefined || outerS === 0) return []
  const { isFine, arithmetic, change } = judge(innerS, outerS)
  return isFine ? [] : [{ rule, severity: 'doubtful', settings: asWritten(stated, inner, outer), arithmetic, change }]
}

/** A complete answer, before it is written. Frozen by convention: cached answers are handed out as they are. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string | Buffer
  /** Names and values in turn. */
  readonly headers?: readonly string[]
}

/** Why a request was refused or failed; clients find it in the body and in X-Tune-Reason. */
export type Reason =
  | 'bad_request'
  | 'not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'body_too_large'
  | 'uri_too_long'
  | 'unsupported_encoding'
  | 'headers_too_large'
  | 'not_implemented'
  | 'rate_limited'
  | 'queue_full'
  | 'queue_timeout'
  | 'pressure_event_loop'
  | 'pressure_memory'
  | 'shutting_down'
  | 'cpu_queue_full'
  | 'cpu_timeout'
  | 'deadline'
  | 'cache_waiters'
  | 'pool_exhausted'
  | 'pool_timeout'
  | 'database_unavailable'
  | 'upstream_unavailable'
  | 'upstream_failed'
  | 'metrics_unavailable'
  | 'asked_to_fail'
  | 'client_gone'
  | 'internal_error'

/** What a refusal needs besides its status and reason. */
export interface RefusalDetails {
  /** One sentence for the client. */
  readonly detail: string
  /** Whole seconds after which to try again. */
  readonly retryAfterS?: number
  readonly headers?: readonly string[]
}

const JSON_TYPE = 'application/json; charset=utf-8'

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** The words that go with a status code. */
export function statusText(status: number): string {
  return STATUS_TEXT[status] ?? 'Error'
}

/** `value` as JSON. */
export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(value) }
}

/** The one shape of every error: `{ error, detail, reason }`, with `retry_after` where there is something to wait for. */
export function refusal(status: number, reason: Reason, details: RefusalDetails): Answer {
  const { detail, retryAfterS, headers = [] } = details
  const error = statusText(status)
  const wait = retryAfterS === undefined ? [] : ['Retry-After', String(retryAfterS)]
  return {
    status,
    contentType: JSON_TYPE,
    body: JSON.stringify({ error, detail, reason, ...(retryAfterS !== undefined && { retry_after: retryAfterS }) }),
    headers: ['X-Tune-Reason', reason, ...wait, ...headers],
  }
}

/** For requests that were given up; hardly anybody will ever read it. */
export function clientGone(): Answer {
  return refusal(503, 'client_gone', { detail: 'the request was given up' })
}

/** Whether an answer of this status has no body, nor headers that speak of one. */
export function isBodiless({ status }: Answer): boolean {
  return status === 204 || status === 304
}

/** Bytes of the body on the wire. */
export function bodyBytes({ body }: Answer): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length
}

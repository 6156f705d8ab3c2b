/** One chain of layers that is compared with a server without any. */
export interface LayerCase {
  readonly name: string
  /** What it switches on, beside what every request passes. */
  readonly settings: Readonly<Record<string, string>>
  readonly path: '/stored?id=1' | '/made?id=1' | '/guarded?id=1'
  /** The client takes compressed answers. */
  readonly isCompressed?: boolean
}

/** Time in seconds for which both sides keep idle connections; Node writes it into each answer. */
const KEEP_ALIVE_S = 75
/** The same in milliseconds. */
export const KEEP_ALIVE_MS = KEEP_ALIVE_S * 1_000

/** Everything that can be switched off is off. */
export const NO_LAYERS: Readonly<Record<string, string>> = {
  UPSTREAMS: 'none=http://127.0.0.1:9',
  KEEP_ALIVE: String(KEEP_ALIVE_S),
  CACHE_ENABLED: 'false',
  COMPRESSION: 'false',
  ENABLE_METRICS: 'false',
  LOG_LEVEL: 'off',
  RATE_LIMIT_ENABLED: 'false',
  QUEUE_ENABLED: 'false',
}

const METRICS = { ENABLE_METRICS: 'true' }
const LOG = { LOG_LEVEL: 'info' }
/** The highest that can be set: each request is counted, and none refused. */
const LIMITER = { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_DEFAULT: '1000000/second' }
const COMPRESSION = { COMPRESSION: 'true' }
/** Longer than a run. */
const CACHE = { CACHE_ENABLED: 'true', CACHE_TTL: '3600' }
const QUEUE = { QUEUE_ENABLED: 'true' }
/** Of the memory alone: the loop is as busy as it can be on purpose. */
const PRESSURE = { PRESSURE_MAX_MEMORY: '99' }
const ALL = { ...METRICS, ...LIMITER, ...PRESSURE, ...COMPRESSION, ...CACHE, ...QUEUE }

/** The name of the case that is judged. */
export const ALL_HIT = 'all, hit'

/** Each layer alone, and all of them. */
export const LAYER_CASES: readonly LayerCase[] = [
  { name: 'no layer', settings: {}, path: '/made?id=1' },
  { name: 'metrics', settings: METRICS, path: '/made?id=1' },
  { name: 'access log', settings: LOG, path: '/made?id=1' },
  { name: 'limiter', settings: LIMITER, path: '/made?id=1' },
  { name: 'pressure', settings: PRESSURE, path: '/made?id=1' },
  { name: 'compression', settings: COMPRESSION, path: '/made?id=1', isCompressed: true },
  { name: 'cache, hit', settings: CACHE, path: '/stored?id=1' },
  { name: 'queue', settings: QUEUE, path: '/made?id=1' },
  { name: 'breaker', settings: {}, path: '/guarded?id=1' },
  { name: ALL_HIT, settings: ALL, path: '/stored?id=1', isCompressed: true },
  { name: 'all, no hit', settings: ALL, path: '/guarded?id=1', isCompressed: true },
  { name: 'all and log, hit', settings: { ...ALL, ...LOG }, path: '/stored?id=1', isCompressed: true },
]

/**
 * The cases whose name contains `part`; all of them when it is empty.
 *
 * @throws {RangeError} when there is none
 */
export function casesNamed(part: string): readonly LayerCase[] {
  const named = LAYER_CASES.filter(({ name }) => name.includes(part))
  if (named.length > 0) return named
  throw new RangeError(`--only ${part} names none of the cases: ${LAYER_CASES.map(({ name }) => name).join(', ')}`)
}

import type { ResolvedSettings } from './resolved-setting.ts'
import { isSameAddress } from './same-address.ts'

/** Load balancers keep idle connections for about a minute; AWS's for 60 s. */
const BALANCER_IDLE_S = 60

/** For a request that is on its way when the load balancer's own time ends. */
const BALANCER_MARGIN_S = 5

/** `max_connections` of PostgreSQL as it is installed, less `superuser_reserved_connections`. */
const POSTGRES_CONNECTIONS = 100 - 3

/** A time that should end within another one, which 0 takes away, and what happens otherwise. */
interface Nested {
  readonly inner: string
  readonly outer: string
  readonly otherwise: string
  /** The rule counts only while this switch is on, or this number above 0. */
  readonly while?: string
  /** The inner time's default may be longer: whoever makes the outer one shorter means it. */
  readonly isDefaultFine?: true
}

const PARTS_OF_A_CALL = ['UPSTREAM_CONNECT_TIMEOUT', 'UPSTREAM_HEADERS_TIMEOUT', 'UPSTREAM_BODY_TIMEOUT']

const NESTED: readonly Nested[] = [
  ...PARTS_OF_A_CALL.map((inner): Nested => ({
    inner,
    outer: 'UPSTREAM_TIMEOUT',
    otherwise: 'the whole call ends first',
    isDefaultFine: true,
  })),
  {
    inner: 'UPSTREAM_TIMEOUT',
    outer: 'REQUEST_TIMEOUT',
    otherwise: 'the deadline of the request ends slow calls first, with 504',
  },
  {
    inner: 'UPSTREAM_TIMEOUT',
    outer: 'CB_HALF_OPEN_MAX_WAIT',
    otherwise: 'slow probes count as failed before they end',
    while: 'CB_ENABLED',
  },
  { inner: 'RETRY_BASE', outer: 'RETRY_MAX_DELAY', otherwise: 'no wait is longer than that' },
  { inner: 'HEALTH_TIMEOUT', outer: 'HEALTH_INTERVAL', otherwise: 'a check that hangs delays the next one' },
  { inner: 'CB_RECOVERY_TIMEOUT', outer: 'CB_RECOVERY_MAX', otherwise: 'the wait never grows', while: 'CB_ENABLED' },
  {
    inner: 'QUEUE_TIMEOUT',
    outer: 'REQUEST_TIMEOUT',
    otherwise: 'requests get 504 in the queue, and never 503',
    while: 'QUEUE_ENABLED',
  },
  {
    inner: 'CPU_TASK_TIMEOUT',
    outer: 'REQUEST_TIMEOUT',
    otherwise: 'the client has its 504 before the thread is ended',
    while: 'CPU_THREADS',
  },
]

/** Settings that only count while another one has one of these values; without values: is on, not 0 and not empty. */
type Needed = readonly [settings: RegExp, needed: string, ...values: readonly string[]]

const NEEDED: readonly Needed[] = [
  [/^CACHE_/, 'CACHE_ENABLED'],
  [/^CACHE_DIR/, 'CACHE_TYPE', 'file'],
  [/^REDIS_MAX_CONNECTIONS$/, 'CACHE_TYPE', 'redis'],
  [/^CACHE_L2_TIMEOUT$/, 'CACHE_TYPE', 'file', 'redis'],
  [/^CB_/, 'CB_ENABLED'],
  [/^CB_(?:WINDOW_|MIN_CALLS|FAILURE_RATE|SLOW_)/, 'CB_MODE', 'window'],
  [/^CB_(?:FAILURE_THRESHOLD|INTERVAL)$/, 'CB_MODE', 'consecutive'],
  [/^RATE_LIMIT_/, 'RATE_LIMIT_ENABLED'],
  [/^QUEUE_(?!STATE_PATH|SAVE_INTERVAL)/, 'QUEUE_ENABLED'],
  [/^QUEUE_SAVE_INTERVAL$/, 'QUEUE_STATE_PATH'],
  [/^HEALTH_/, 'HEALTH_INTERVAL'],
  [/^COMPRESSION_/, 'COMPRESSION'],
  [/^METRICS_/, 'ENABLE_METRICS'],
  [/^CPU_/, 'CPU_THREADS'],
]

/**
 * Why a server could not work with these settings although each of them is allowed: one line for each reason, most often
 * none.
 */
export function settingErrors(settings: ResolvedSettings): readonly string[] {
  const errors: string[] = []
  const server = { host: textOf(settings, 'SERVER_HOST'), port: countOf(settings, 'SERVER_PORT') }
  const metrics = { host: textOf(settings, 'METRICS_HOST'), port: countOf(settings, 'METRICS_PORT') }
  if (isSameAddress(server, metrics) && isOn(settings, 'ENABLE_METRICS')) {
    errors.push(`METRICS_PORT and SERVER_PORT are both ${server.port} on one address; give one of them another port`)
  }
  const keepsFiles = isOn(settings, 'CACHE_ENABLED') && settings.get('CACHE_TYPE')?.value === 'file'
  if (keepsFiles && !isOn(settings, 'CACHE_DIR')) {
    errors.push('CACHE_TYPE is file, and CACHE_DIR does not say where: name a directory of its own')
  }
  return errors
}

/**
 * What works and is hardly meant: times that never come to bear, values that another one makes pointless, more connections
 * than a database has. One line each. Two defaults are never the reason.
 *
 * @param workers worker processes, at least 1
 */
export function settingWarnings(settings: ResolvedSettings, workers: number): readonly string[] {
  return [...keepAliveWarnings(settings), ...poolWarnings(settings, workers), ...ineffectiveSettings(settings)]
}

/**
 * Times that never come to bear, and values that another one makes pointless; one line each. Settings that are not in the map
 * are the reason for nothing.
 */
export function ineffectiveSettings(settings: ResolvedSettings): readonly string[] {
  return [
    ...NESTED.flatMap((rule) => nestedWarnings(settings, rule)),
    ...workerCountWarnings(settings),
    ...pointlessWarnings(settings),
  ]
}

function keepAliveWarnings(settings: ResolvedSettings): readonly string[] {
  const keepAliveS = secondsOf(settings, 'KEEP_ALIVE') ?? 0
  const leastS = BALANCER_IDLE_S + BALANCER_MARGIN_S
  if (keepAliveS === 0 || keepAliveS >= leastS) return []
  return [
    `KEEP_ALIVE (${keepAliveS} s) is below ${leastS} s: behind a load balancer that keeps idle connections for ${BALANCER_IDLE_S} s, some requests will meet a closed connection (502)`,
  ]
}

function nestedWarnings(settings: ResolvedSettings, rule: Nested): readonly string[] {
  const { inner, outer, otherwise } = rule
  const innerS = secondsOf(settings, inner)
  const outerS = secondsOf(settings, outer)
  if (innerS === undefined || outerS === undefined || outerS === 0 || innerS <= outerS) return []
  if (rule.while !== undefined && !isOn(settings, rule.while)) return []
  const isDefault = (name: string): boolean => settings.get(name)?.origin === 'default'
  if (isDefault(inner) && (rule.isDefaultFine === true || isDefault(outer))) return []
  return [`${inner} (${innerS} s) is longer than ${outer} (${outerS} s): ${otherwise}`]
}

function poolWarnings(settings: ResolvedSettings, workers: number): readonly string[] {
  const url = settings.get('DATABASE_URL')?.value
  if (typeof url !== 'string' || !url.startsWith('postgres')) return []
  const each = countOf(settings, 'DATABASE_POOL_SIZE') + countOf(settings, 'DATABASE_MAX_OVERFLOW')
  if (workers * each <= POSTGRES_CONNECTIONS) return []
  return [
    `${workers} workers × ${each} connections (DATABASE_POOL_SIZE + DATABASE_MAX_OVERFLOW) are ${workers * each}, and PostgreSQL allows ${POSTGRES_CONNECTIONS} unless its max_connections was raised`,
  ]
}

function workerCountWarnings(settings: ResolvedSettings): readonly string[] {
  if (settings.get('WEB_CONCURRENCY')?.value === 'auto') return []
  return ['WORKERS_POLICY', 'WORKERS_PER_CORE', 'MAX_WORKERS']
    .filter((name) => isGiven(settings, name))
    .map((name) => `${name} has no effect: WEB_CONCURRENCY says how many workers there are`)
}

function pointlessWarnings(settings: ResolvedSettings): readonly string[] {
  return [...settings.keys()].flatMap((name) => {
    if (!isGiven(settings, name)) return []
    const missed = NEEDED.find(
      ([pattern, needed, ...values]) =>
        needed !== name && settings.has(needed) && pattern.test(name) && !isAmong(settings, needed, values),
    )
    return missed === undefined ? [] : [`${name} has no effect while ${missed[1]} is ${textOf(settings, missed[1])}`]
  })
}

function isAmong(settings: ResolvedSettings, name: string, values: readonly string[]): boolean {
  return values.length === 0 ? isOn(settings, name) : values.includes(textOf(settings, name))
}

function secondsOf(settings: ResolvedSettings, name: string): number | undefined {
  const setting = settings.get(name)
  if (typeof setting?.value !== 'number' || setting.definition.kind !== 'duration') return undefined
  return setting.definition.unit === 'ms' ? setting.value / 1_000 : setting.value
}

function countOf(settings: ResolvedSettings, name: string): number {
  return Number(settings.get(name)?.value ?? 0)
}

/** A switch that is on, a number above 0, or a text. */
function isOn(settings: ResolvedSettings, name: string): boolean {
  const value = settings.get(name)?.value
  return value !== undefined && value !== false && value !== 0 && value !== ''
}

function textOf(settings: ResolvedSettings, name: string): string {
  const text = String(settings.get(name)?.value ?? '')
  return text === '' ? 'empty' : text
}

/** By somebody: not by a preset, whose values are meant for more than one case. */
function isGiven(settings: ResolvedSettings, name: string): boolean {
  const origin = settings.get(name)?.origin
  return origin !== undefined && origin !== 'preset' && origin !== 'default'
}

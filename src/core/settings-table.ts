/** What a setting may hold: switches, numbers in the setting's unit, texts (also of a choice), lists. */
export type SettingValue = boolean | number | string | readonly string[]

interface SettingBase {
  /** The name in the environment, in files and in `--set`. */
  readonly name: string
  /** Other names, in order of precedence after `name`. */
  readonly aliases?: readonly string[]
  /** `live`: `apply` changes it on a running server. `restart`: the listening socket must be opened anew. */
  readonly reload: 'live' | 'restart'
  readonly summary: string
}

/** A number with a range; both ends belong to it. Its value and its range are in `unit`. */
export interface NumericSetting extends SettingBase {
  readonly kind: 'integer' | 'duration' | 'bytes'
  /** `s` and `ms` for durations: what a bare number means. */
  readonly unit: 's' | 'ms' | 'bytes' | 'count'
  readonly default: number | 'auto'
  readonly min: number
  readonly max: number
}

/** One setting: its kind says how it is read and what it may be. */
export type SettingDefinition =
  | NumericSetting
  | (SettingBase & { readonly kind: 'boolean'; readonly default: boolean })
  | (SettingBase & { readonly kind: 'choice'; readonly choices: readonly string[]; readonly default: string })
  | (SettingBase & {
      readonly kind: 'text' | 'list'
      readonly default: string | readonly string[]
      /** What the text, or each entry of the list, must match. */
      readonly pattern: RegExp
      /** The same in words, for messages. */
      readonly form: string
    })

const MEBIBYTE = 1_048_576

function integer(
  name: string,
  [value, min, max]: readonly [number | 'auto', number, number],
  summary: string,
  aliases: readonly string[] = [],
): SettingDefinition {
  return { name, aliases, kind: 'integer', unit: 'count', default: value, min, max, reload: 'live', summary }
}

function seconds(
  name: string,
  [value, min, max]: readonly [number, number, number],
  summary: string,
  aliases: readonly string[] = [],
): SettingDefinition {
  return { name, aliases, kind: 'duration', unit: 's', default: value, min, max, reload: 'live', summary }
}

function milliseconds(
  name: string,
  [value, min, max]: readonly [number, number, number],
  summary: string,
): SettingDefinition {
  return { name, kind: 'duration', unit: 'ms', default: value, min, max, reload: 'live', summary }
}

function bytes(name: string, [value, min, max]: readonly [number, number, number], summary: string): SettingDefinition {
  return { name, kind: 'bytes', unit: 'bytes', default: value, min, max, reload: 'live', summary }
}

function boolean(name: string, value: boolean, summary: string): SettingDefinition {
  return { name, kind: 'boolean', default: value, reload: 'live', summary }
}

/** Every setting of the bundled server; sizes of pools, queues and caches are per worker. */
export const SETTINGS: readonly SettingDefinition[] = [
  integer(
    'WEB_CONCURRENCY',
    ['auto', 0, 100],
    'worker processes; auto follows WORKERS_POLICY, 0 is one process without workers',
    ['GUNICORN_WORKERS', 'WORKERS'],
  ),
  {
    name: 'WORKERS_POLICY',
    kind: 'choice',
    choices: ['per-cpu', 'gunicorn', 'per-core'],
    default: 'per-cpu',
    reload: 'live',
    summary: 'what auto means: one per usable CPU, min(2·CPU+1, 12), or CPU × WORKERS_PER_CORE up to MAX_WORKERS',
  },
  integer('WORKERS_PER_CORE', [1, 1, 4], 'workers per CPU; setting it implies WORKERS_POLICY=per-core'),
  integer('MAX_WORKERS', [10, 1, 100], 'upper bound of WORKERS_POLICY=per-core'),
  seconds('GRACEFUL_TIMEOUT', [30, 0, 300], 'time that requests under way get when a worker ends'),
  integer('MAX_REQUESTS', [10_000, 0, 100_000_000], 'requests after which a worker is replaced; 0 never'),
  integer('MAX_REQUESTS_JITTER', [1_000, 0, 100_000_000], 'up to so many more, drawn per worker'),
  seconds('WORKER_MAX_AGE', [0, 0, 2_592_000], 'age at which a worker is replaced, up to a tenth earlier; 0 never'),
  bytes(
    'WORKER_MAX_MEMORY',
    [0, 0, 1_048_576 * MEBIBYTE],
    'resident memory at which a worker is replaced, up to a tenth earlier; 0 never',
  ),
  seconds('WORKER_TIMEOUT', [120, 1, 3_600], 'a worker that gives no sign of life for so long is killed and replaced', [
    'TIMEOUT',
  ]),
  seconds('KEEP_ALIVE', [75, 0, 300], 'time an idle client connection stays open; 0 closes it after each answer', [
    'KEEPALIVE',
  ]),
  {
    name: 'SERVER_HOST',
    kind: 'text',
    default: '127.0.0.1',
    pattern: /^[\w.:-]+$/,
    form: 'a host name or an address',
    reload: 'restart',
    summary: 'address to listen on',
  },
  { ...integer('SERVER_PORT', [8_000, 0, 65_535], 'port to listen on; 0 takes any free one'), reload: 'restart' },
  {
    ...boolean(
      'REUSE_PORT',
      false,
      'each worker has a listening socket of its own, and the kernel spreads connections',
    ),
    reload: 'restart',
  },
  bytes(
    'MAX_REQUEST_SIZE',
    [10 * MEBIBYTE, 1_024, 1_024 * MEBIBYTE],
    'largest request body; more is answered with 413',
  ),
  seconds('REQUEST_TIMEOUT', [60, 10, 300], 'time for a whole request, waiting included; then 504'),
  boolean('CACHE_ENABLED', true, 'responses of cacheable routes are kept'),
  seconds('CACHE_TTL', [300, 60, 3_600], 'time a cached response is served'),
  integer('CACHE_MAX_SIZE', [1_024, 1, 1_000_000], 'cached responses'),
  bytes('CACHE_MAX_BYTES', [64 * MEBIBYTE, MEBIBYTE, 16_384 * MEBIBYTE], 'bytes of all cached responses'),
  boolean('CB_ENABLED', true, 'a circuit breaker guards each upstream'),
  integer('CB_FAILURE_THRESHOLD', [5, 1, 1_000], 'failures in a row that open the circuit'),
  seconds('CB_RECOVERY_TIMEOUT', [30, 1, 3_600], 'time an open circuit waits before it probes'),
  integer('CB_HALF_OPEN_MAX', [1, 1, 1_000], 'probes that must succeed to close the circuit'),
  boolean('RATE_LIMIT_ENABLED', true, 'each client has a token bucket'),
  {
    name: 'RATE_LIMIT_DEFAULT',
    kind: 'text',
    default: '60/minute',
    pattern: /^(?:[1-9]\d{0,5}|1000000)\/(?:second|minute|hour|day)$/,
    form: 'a whole number up to 1000000 and /second, /minute, /hour or /day',
    reload: 'live',
    summary: 'requests that one client may send, as many at once; each worker grants its share',
  },
  integer('RATE_LIMIT_MAX_KEYS', [10_000, 1, 10_000_000], 'clients told apart; further ones share a bucket'),
  {
    name: 'UPSTREAMS',
    kind: 'list',
    default: [],
    pattern: /^[a-z][\w-]*=https?:\/\/\S+$/i,
    form: 'name=http://host:port, separated by commas',
    reload: 'live',
    summary: 'upstreams in order of preference; empty starts two simulators',
  },
  seconds('UPSTREAM_TIMEOUT', [120, 1, 600], 'time for one upstream call'),
  seconds('UPSTREAM_CONNECT_TIMEOUT', [5, 1, 60], 'time to connect to an upstream'),
  integer('UPSTREAM_POOL_MAX', [100, 1, 10_000], 'connections to each upstream'),
  integer('UPSTREAM_MAX_PENDING', [1_024, 0, 100_000], 'calls that wait for a connection of each upstream'),
  integer('RETRY_MAX_ATTEMPTS', [3, 1, 5], 'attempts of one upstream call, the first included'),
  milliseconds('RETRY_BASE', [100, 1, 10_000], 'the first wait between attempts is below this'),
  seconds('RETRY_MAX_DELAY', [5, 0, 60], 'no wait between attempts is longer'),
  boolean('QUEUE_ENABLED', false, 'requests wait for admission'),
  integer('QUEUE_SIZE', [1_000, 0, 1_000_000], 'requests that may wait; more are answered with 503'),
  integer('QUEUE_CONCURRENCY', [64, 1, 100_000], 'requests that run at the same time'),
  seconds('QUEUE_TIMEOUT', [5, 1, 300], 'longest wait for admission; then 503'),
  boolean('COMPRESSION', true, 'text and JSON are compressed for clients that accept it'),
  bytes('COMPRESSION_MIN', [1_000, 0, 100 * MEBIBYTE], 'smallest body that is compressed'),
  integer('COMPRESSION_LEVEL', [6, 1, 9], 'level of gzip; brotli and zstd have fixed fast levels'),
  integer('GEOCODE_CACHE_SIZE', [1_000, 1, 1_000_000], 'places whose coordinates are remembered'),
  {
    name: 'DATABASE_URL',
    kind: 'text',
    default: '',
    pattern: /^$|^sqlite:\/\S+$|^postgres(?:ql)?:\/\/(?:[^\s/?#@]+@)?[^\s/?#@]+(?:[/?][^\s@]*)?$/,
    form: 'sqlite:/path/file.db or postgres://user:password@host:port/database',
    reload: 'live',
    summary: 'where tasks are kept; empty is an embedded file that goes with the server',
  },
  integer('DATABASE_POOL_SIZE', [5, 1, 20], 'connections to the database that are kept open', ['POOL_SIZE']),
  integer('DATABASE_MAX_OVERFLOW', [10, 0, 20], 'connections beyond those, closed soon after use', ['MAX_OVERFLOW']),
  seconds('POOL_TIMEOUT', [30, 1, 300], 'longest wait for a connection to the database; then 503'),
  seconds('POOL_RECYCLE', [3_600, 1, 86_400], 'age at which a connection to the database is replaced'),
  integer('JOB_MAX_ATTEMPTS', [5, 1, 100], 'tries of one task; then it is dead'),
  seconds('JOB_LEASE', [30, 1, 3_600], 'time one try may take; then another worker may repeat it'),
  {
    ...boolean('ENABLE_METRICS', true, 'figures for Prometheus are recorded, and served on METRICS_PORT'),
    reload: 'restart',
  },
  {
    ...integer('METRICS_PORT', [9_090, 1_024, 65_535], 'port of /metrics, served by the primary'),
    reload: 'restart',
  },
  {
    name: 'METRICS_HOST',
    kind: 'text',
    default: '127.0.0.1',
    pattern: /^[\w.:-]+$/,
    form: 'a host name or an address',
    reload: 'restart',
    summary: 'address of METRICS_PORT; nothing guards it, so others than this machine should not reach it',
  },
  {
    name: 'METRICS_TOKEN',
    kind: 'text',
    default: '',
    pattern: /^(?:[\x21-\x7e]{8,256})?$/,
    form: '8 to 256 visible ASCII characters without blanks',
    reload: 'restart',
    summary: 'whoever carries it as a bearer token gets /metrics on SERVER_PORT too; empty: nobody does',
  },
  {
    name: 'LOG_LEVEL',
    kind: 'choice',
    choices: ['off', 'error', 'info', 'debug'],
    default: 'info',
    reload: 'live',
    summary: 'JSON lines on stderr: failures, requests too, or health checks too',
  },
  integer('CPU_THREADS', [0, 0, 64], 'threads that search for POST /search; 0 searches on the event loop', [
    'GUNICORN_THREADS',
  ]),
  integer('CPU_QUEUE_SIZE', [256, 0, 100_000], 'searches that may wait for a CPU thread; more are answered with 503'),
  seconds(
    'CPU_TASK_TIMEOUT',
    [10, 1, 300],
    'time for one search in a CPU thread; then 504, and the thread is replaced',
  ),
]

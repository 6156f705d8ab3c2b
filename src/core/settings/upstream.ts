import { boolean, integer, milliseconds, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** Upstreams: addresses, connections, timeouts, retries, health. */
export const UPSTREAM_SETTINGS: readonly SettingDefinition[] = [
  {
    name: 'UPSTREAMS',
    kind: 'list',
    default: [],
    pattern: /^[a-z][\w-]*=https?:\/\/\S+$/i,
    form: 'name=http://host:port, separated by commas',
    reload: 'live',
    summary: 'upstreams in order of preference; empty starts two simulators',
  },
  {
    name: 'PROVIDER_PREFERENCE',
    kind: 'list',
    default: [],
    pattern: /^[a-z][\w-]*$/i,
    form: 'names of upstreams, separated by commas',
    reload: 'live',
    summary: 'upstreams to call first, the best first; the others follow in the order of UPSTREAMS',
  },
  { ...seconds('UPSTREAM_TIMEOUT', [120, 1, 600], 'time for one upstream call'), millisecondAliases: ['LLM_TIMEOUT'] },
  seconds('UPSTREAM_CONNECT_TIMEOUT', [5, 1, 60], 'time to wait for a free connection, and time to open one'),
  seconds('UPSTREAM_HEADERS_TIMEOUT', [60, 1, 600], 'time until an upstream begins its answer'),
  seconds('UPSTREAM_BODY_TIMEOUT', [30, 1, 600], 'the longest pause within an answer'),
  integer('UPSTREAM_POOL_MAX', [100, 1, 10_000], 'connections to each upstream'),
  integer('UPSTREAM_POOL_KEEPALIVE', [20, 0, 10_000], 'connections to each upstream that stay open unused'),
  integer('UPSTREAM_PER_HOST', [30, 1, 10_000], 'connections to one host and port that several upstreams share'),
  integer('UPSTREAM_MAX_PENDING', [1_024, 0, 100_000], 'calls that wait for a connection of each upstream'),
  seconds(
    'DNS_TTL',
    [300, 0, 86_400],
    'time for which addresses of upstreams are remembered, and connections to names kept (1 s at least)',
  ),
  integer('RETRY_MAX_ATTEMPTS', [3, 1, 5], 'rounds of one call over all upstreams, the first included'),
  milliseconds('RETRY_BASE', [100, 1, 10_000], 'the first wait between attempts is below this'),
  seconds(
    'RETRY_MAX_DELAY',
    [5, 0, 60],
    'no wait between attempts is longer, unless an upstream asks for more with Retry-After',
  ),
  integer('RETRY_BUDGET', [20, 0, 100], 'retries for every hundred requests of a worker'),
  integer('RETRY_BUDGET_MIN', [3, 0, 1_000], 'retries of a worker that no request need have earned'),
  seconds('HEALTH_INTERVAL', [15, 0, 3_600], 'time between two checks of an upstream; 0 makes none'),
  seconds('HEALTH_TIMEOUT', [5, 1, 60], 'time in which a check must be answered'),
  integer('HEALTH_THRESHOLD', [2, 1, 100], 'checks in a row that make an upstream count as down, or as up again'),
  boolean('DEGRADED_ANSWERS', false, 'when upstreams fail, /ads answers 200 with nothing and X-Degraded: 1'),
  integer('GEOCODE_CACHE_SIZE', [1_000, 1, 1_000_000], 'places whose coordinates are remembered'),
]

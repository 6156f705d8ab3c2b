import { MEBIBYTE, boolean, bytes, integer, milliseconds, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** The response cache: in the memory of each worker, and in files or Redis for all of them. */
export const CACHE_SETTINGS: readonly SettingDefinition[] = [
  boolean('CACHE_ENABLED', true, 'responses of cacheable routes are kept'),
  seconds('CACHE_TTL', [300, 60, 3_600], 'time a cached response is served'),
  {
    name: 'CACHE_ROUTE_TTL',
    kind: 'list',
    default: [],
    pattern: /^\/[^\s=]*=(?:short|medium|long|[1-9]\d{0,4})$/,
    form: '/path=short, medium, long (300, 900, 3600 s) or seconds, separated by commas',
    reload: 'live',
    summary: 'time cached responses of single routes are served, instead of CACHE_TTL',
  },
  integer('CACHE_JITTER', [10, 0, 50], 'percent by which the time of each response may be longer or shorter'),
  seconds('CACHE_NEGATIVE_TTL', [0, 0, 300], 'time a failure is repeated without another call; 0 never'),
  seconds('CACHE_SWR', [0, 0, 3_600], 'time after its end a response is still served while it is fetched anew'),
  seconds('CACHE_STALE_IF_ERROR', [0, 0, 86_400], 'time after its end a response is served instead of an error'),
  integer('CACHE_MAX_SIZE', [1_024, 1, 1_000_000], 'cached responses in memory'),
  bytes('CACHE_MAX_BYTES', [64 * MEBIBYTE, MEBIBYTE, 16_384 * MEBIBYTE], 'bytes of all cached responses in memory'),
  integer('CACHE_MAX_WAITERS', [10_000, 0, 1_000_000], 'requests that wait for one response; more get 503'),
  integer('CACHE_GENERATION', [0, 0, 1_000_000_000], 'another number forgets everything cached, everywhere'),
  {
    name: 'CACHE_TYPE',
    kind: 'choice',
    choices: ['memory', 'file', 'redis'],
    default: 'memory',
    reload: 'live',
    summary: 'where responses are kept besides memory, for all workers and the next start: file or redis',
  },
  {
    name: 'CACHE_DIR',
    kind: 'text',
    default: '',
    pattern: /^$|^\/\S+$/,
    form: 'an absolute path',
    reload: 'live',
    summary: 'directory of cached responses, for CACHE_TYPE=file',
  },
  bytes(
    'CACHE_DIR_MAX_BYTES',
    [256 * MEBIBYTE, MEBIBYTE, 1_048_576 * MEBIBYTE],
    'bytes of all cached responses in CACHE_DIR',
  ),
  {
    name: 'REDIS_URL',
    kind: 'text',
    default: 'redis://localhost:6379/0',
    pattern: /^rediss?:\/\/(?:[^\s/?#@]*@)?[^\s/?#@]+(?:\/\d*)?$/,
    form: 'redis://user:password@host:port/database',
    reload: 'live',
    summary: 'Redis server and database of cached responses, for CACHE_TYPE=redis; a database for each service',
  },
  integer('REDIS_MAX_CONNECTIONS', [20, 1, 1_000], 'connections to Redis'),
  milliseconds('CACHE_L2_TIMEOUT', [50, 1, 10_000], 'longest wait for files or Redis; then they are left out'),
]

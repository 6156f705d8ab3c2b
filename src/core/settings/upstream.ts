import { integer, milliseconds, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** Upstreams: addresses, connections, timeouts, retries. */
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
  seconds('UPSTREAM_TIMEOUT', [120, 1, 600], 'time for one upstream call'),
  seconds('UPSTREAM_CONNECT_TIMEOUT', [5, 1, 60], 'time to connect to an upstream'),
  integer('UPSTREAM_POOL_MAX', [100, 1, 10_000], 'connections to each upstream'),
  integer('UPSTREAM_MAX_PENDING', [1_024, 0, 100_000], 'calls that wait for a connection of each upstream'),
  integer('RETRY_MAX_ATTEMPTS', [3, 1, 5], 'attempts of one upstream call, the first included'),
  milliseconds('RETRY_BASE', [100, 1, 10_000], 'the first wait between attempts is below this'),
  seconds('RETRY_MAX_DELAY', [5, 0, 60], 'no wait between attempts is longer'),
  integer('GEOCODE_CACHE_SIZE', [1_000, 1, 1_000_000], 'places whose coordinates are remembered'),
]

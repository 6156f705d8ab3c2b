import type { ResolvedSettings } from '../core/resolved-setting.ts'
import { parseRate } from '../core/units.ts'
import type { SizingInput } from '../sizing/sizing-input.ts'

type Current = SizingInput['current']
type Name = keyof Current

/** In force whatever the others say. */
const ALWAYS: readonly Name[] = [
  'UPSTREAM_POOL_MAX',
  'UPSTREAM_POOL_KEEPALIVE',
  'UPSTREAM_CONNECT_TIMEOUT',
  'UPSTREAM_TIMEOUT',
  'RETRY_MAX_ATTEMPTS',
  'RETRY_MAX_DELAY',
  'RETRY_BUDGET',
  'REQUEST_TIMEOUT',
  'DATABASE_POOL_SIZE',
  'DATABASE_MAX_OVERFLOW',
  'QUEUE_SIZE',
  'CACHE_MAX_SIZE',
  'CACHE_MAX_BYTES',
  'CPU_THREADS',
  'MAX_REQUESTS',
  'WORKER_MAX_MEMORY',
  'KEEP_ALIVE',
]

/** In force while another setting has this value. */
const WHILE: readonly (readonly [name: Name, other: string, value: boolean | string])[] = [
  ['CB_RECOVERY_TIMEOUT', 'CB_ENABLED', true],
  ['CB_FAILURE_RATE', 'CB_MODE', 'window'],
  ['CB_MIN_CALLS', 'CB_MODE', 'window'],
  ['CB_WINDOW_TIME', 'CB_MODE', 'window'],
  ['QUEUE_TIMEOUT', 'QUEUE_ENABLED', true],
]

/** The settings that sizing asks about, as the bundled server has them; those that are not in force are left out. */
export function currentSettings(settings: ResolvedSettings): Current {
  const valueOf = (name: string): unknown => settings.get(name)?.value
  const names = [...ALWAYS, ...WHILE.flatMap(([name, other, value]) => (valueOf(other) === value ? [name] : []))]
  const pool = valueOf('UPSTREAM_POOL_MAX')
  const admitted = valueOf('QUEUE_CONCURRENCY') === 'auto' ? pool : valueOf('QUEUE_CONCURRENCY')
  const limit = valueOf('RATE_LIMIT_ENABLED') === true ? parseRate(String(valueOf('RATE_LIMIT_DEFAULT'))) : undefined
  const found: readonly (readonly [Name, unknown])[] = [
    ...names.map((name) => [name, valueOf(name)] as const),
    ['QUEUE_CONCURRENCY', admitted],
    ['RATE_LIMIT_DEFAULT', limit],
  ]
  return Object.fromEntries(found.filter(([, value]) => typeof value === 'number'))
}

import { integer, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** The database of tasks, and the work on them. */
export const DATABASE_SETTINGS: readonly SettingDefinition[] = [
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
]

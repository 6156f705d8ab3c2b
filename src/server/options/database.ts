import type { Milliseconds } from '../../core/clock.ts'
import { SettingsError } from '../../core/errors.ts'
import type { SettingReader } from '../setting-reader.ts'

/** Where tasks are kept, and how one worker connects to it and works on them. */
export interface DatabaseOptions {
  /** `sqlite:/path` or `postgres://…`; empty: an embedded file, which whoever runs the server gives a place. */
  readonly url: string
  /** Made for this server, and removed with it. */
  readonly isTemporary: boolean
  readonly poolSize: number
  readonly maxOverflow: number
  readonly poolTimeoutMs: Milliseconds
  readonly recycleMs: Milliseconds
  readonly jobMaxAttempts: number
  /** A job that has taken longer is repeated. */
  readonly jobLeaseMs: Milliseconds
}

/** @throws {SettingsError} when the address is none */
export function databaseOptions(read: SettingReader): DatabaseOptions {
  const url = read.text('DATABASE_URL')
  if (url.startsWith('postgres') && !URL.canParse(url)) {
    throw new SettingsError('DATABASE_URL is not a URL', {
      hint: 'write postgres://user:password@host:port/database, special characters of the password as %XX',
    })
  }
  return {
    url,
    isTemporary: false,
    poolSize: read.number('DATABASE_POOL_SIZE'),
    maxOverflow: read.number('DATABASE_MAX_OVERFLOW'),
    poolTimeoutMs: read.ms('POOL_TIMEOUT'),
    recycleMs: read.ms('POOL_RECYCLE'),
    jobMaxAttempts: read.number('JOB_MAX_ATTEMPTS'),
    jobLeaseMs: read.ms('JOB_LEASE'),
  }
}

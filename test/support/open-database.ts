import type { TestContext } from 'node:test'

import type { Milliseconds } from '../../src/core/clock.ts'
import { seededRandom } from '../../src/core/random.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { Database } from '../../src/server/database/database.ts'
import type { DatabaseOptions } from '../../src/server/options/database.ts'

/** The defaults, but that nobody waits for long, and that a task is given up after two tries. */
export const DATABASE_OPTIONS: Omit<DatabaseOptions, 'url'> = {
  isTemporary: false,
  poolSize: 5,
  maxOverflow: 10,
  poolTimeoutMs: 500,
  recycleMs: 3_600_000,
  jobMaxAttempts: 2,
  jobLeaseMs: 30_000,
}

/** A database as one process has it; it ends with the test. */
export function openDatabase(
  t: TestContext,
  options: Partial<DatabaseOptions> & Pick<DatabaseOptions, 'url'>,
  queryTimeoutMs: Milliseconds = 5_000,
): Database {
  const sweep = new DeadlineSweep(systemClock)
  const parts = { clock: systemClock, random: seededRandom(1), sweep, queryTimeoutMs }
  const database = new Database({ ...DATABASE_OPTIONS, ...options }, parts)
  t.after(() => database.close())
  return database
}

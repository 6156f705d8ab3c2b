import type { Clock, Milliseconds } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import { ConnectionPool } from '../../resilience/connection-pool.ts'
import type { ConnectionPoolOptions } from '../../resilience/connection-pool-options.ts'
import type { DeadlineSweep } from '../../resilience/deadline.ts'
import type { OpenConnection } from '../../resilience/pooled-connection.ts'
import type { DatabaseFigures } from '../messages.ts'
import type { DatabaseOptions } from '../options/database.ts'
import type { DatabaseConnection } from './database-connection.ts'
import { parseDatabaseUrl } from './database-url.ts'
import type { DatabaseAddress } from './database-url.ts'
import { openPostgres } from './postgres-connection.ts'
import { openSqlite } from './sqlite-connection.ts'

/** Waiters hold a socket each; beyond this many the database is beyond help. */
const MAX_WAITING = 10_000
/** Opening one takes some milliseconds: under a load that needs them they must not come and go with each request. */
const OVERFLOW_IDLE_MS: Milliseconds = 1_000
/** Networks forget connections after minutes; a ping costs a round trip. */
const PING_AFTER_IDLE_MS: Milliseconds = 5_000
/** Long enough for a fail-over, short enough that a dead database is known as dead. */
const OPEN_ATTEMPTS = 3
const OPEN_BACKOFF = { baseMs: 50, capMs: 1_000 } as const
const CONNECT_TIMEOUT_MS: Milliseconds = 5_000

/** What a database gets from its process. */
export interface DatabaseParts {
  readonly clock: Clock
  readonly random: Random
  readonly sweep: DeadlineSweep
  /** The longest run of a statement. */
  readonly queryTimeoutMs: Milliseconds
}

/** A database and the connections of one process to it. Nothing is opened before something is asked for. */
export class Database {
  readonly kind: DatabaseAddress['kind']
  readonly #pool: ConnectionPool<DatabaseConnection>
  #connectionLimit: number | null = null

  /** @throws {RangeError} when an option is out of range */
  constructor(options: DatabaseOptions, parts: DatabaseParts) {
    const address = parseDatabaseUrl(options.url)
    this.kind = address.kind
    const open = openerFor(address, options.isTemporary, parts)
    this.#pool = new ConnectionPool(
      poolOptions(options),
      async (onLost) => {
        const connection = await open(onLost)
        this.#connectionLimit = connection.connectionLimit
        return connection
      },
      parts.clock,
      parts.random,
      parts.sweep,
    )
  }

  /**
   * Has `task` work on a connection of its own, which is given back when it ends, however it does.
   *
   * @param signal gives the wait for a connection up
   * @throws {PoolExhaustedError} {PoolClosedError} {DatabaseUnavailableError} and what `task` throws
   */
  async use<T>(task: (connection: DatabaseConnection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const lease = await this.#pool.acquire(signal)
    try {
      return await task(lease.connection)
    } finally {
      lease.release()
    }
  }

  stats(): DatabaseFigures {
    return { ...this.#pool.stats(), connectionLimit: this.#connectionLimit }
  }

  /** Resolves when all connections are closed; those in use, when they were given back. */
  close(): Promise<void> {
    return this.#pool.close()
  }
}

function poolOptions({ poolSize, maxOverflow, poolTimeoutMs, recycleMs }: DatabaseOptions): ConnectionPoolOptions {
  return {
    size: poolSize,
    maxOverflow,
    overflowIdleMs: OVERFLOW_IDLE_MS,
    maxWaiting: MAX_WAITING,
    waitTimeoutMs: poolTimeoutMs,
    recycleMs,
    pingAfterIdleMs: PING_AFTER_IDLE_MS,
    openAttempts: OPEN_ATTEMPTS,
    openBackoff: OPEN_BACKOFF,
  }
}

function openerFor(
  address: DatabaseAddress,
  isTemporary: boolean,
  { clock, sweep, queryTimeoutMs }: DatabaseParts,
): OpenConnection<DatabaseConnection> {
  if (address.kind === 'sqlite') {
    const file = { file: address.file, isTemporary, queryTimeoutMs }
    return (onLost) => openSqlite(file, sweep, onLost)
  }
  const server = { url: address.url, connectTimeoutMs: CONNECT_TIMEOUT_MS, queryTimeoutMs }
  return (onLost) => openPostgres(server, clock, sweep, onLost)
}

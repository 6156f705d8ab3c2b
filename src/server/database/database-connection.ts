import type { Milliseconds } from '../../core/clock.ts'
import type { PoolableConnection } from '../../resilience/pooled-connection.ts'

/** What a statement may be given and may answer with. PostgreSQL answers 64-bit integers as text. */
export type SqlValue = string | number | null

/** One row by the names of its columns. */
export type SqlRow = Readonly<Record<string, unknown>>

/** A ping or a roll-back that takes longer has met a connection that is lost; it is cut. */
export const UPKEEP_TIMEOUT_MS: Milliseconds = 1_000

/** How one statement is run. */
export interface QueryOptions {
  /** Has the database stop, where it can be asked to. The connection stays of use. */
  readonly signal?: AbortSignal | undefined
  /** What the statement has written is on disk before it counts as done. */
  readonly isDurable?: boolean
}

/** One connection to a database; one statement at a time. */
export interface DatabaseConnection extends PoolableConnection {
  /** How many connections the server grants to ordinary users together; null when it does not say, or has no such limit. */
  readonly connectionLimit: number | null
  /**
   * Runs one statement with parameters `$1`, `$2` …
   *
   * @returns the rows; none for statements that have none
   * @throws {DatabaseUnavailableError} when the database is gone, too busy, or was asked to stop
   * @throws {Error} when the statement is wrong
   */
  readonly query: (sql: string, parameters?: readonly SqlValue[], options?: QueryOptions) => Promise<readonly SqlRow[]>
}

/** The database cannot be reached or does not answer in time; another try may help. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError'
}

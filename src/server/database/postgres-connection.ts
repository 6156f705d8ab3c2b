import type { Client } from 'pg'

import type { Clock, Milliseconds } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import type { DeadlineSweep } from '../../resilience/deadline.ts'
import { DatabaseUnavailableError, UPKEEP_TIMEOUT_MS } from './database-connection.ts'
import type { DatabaseConnection, QueryOptions, SqlRow, SqlValue } from './database-connection.ts'
import { requestCancel } from './postgres-cancel.ts'
import { importPostgresClient } from './postgres-package.ts'

/** Where to connect to, and how long to wait. */
export interface PostgresOptions {
  readonly url: string
  readonly connectTimeoutMs: Milliseconds
  /** The longest run of a statement. */
  readonly queryTimeoutMs: Milliseconds
}

/** So the connections are found in pg_stat_activity. */
const APPLICATION_NAME = 'tune'

/** A server that did not stop a statement in time gets this much longer to answer before the connection is cut. */
const ANSWER_MARGIN_MS: Milliseconds = 1_000
const CLOSE_TIMEOUT_MS: Milliseconds = 1_000

/**
 * States of a server that cannot do what it otherwise would: no connection, no rights any more, out of resources, locked,
 * stopped by somebody, read-only after a change of roles. Everything else is a mistake in a statement.
 *
 * @see PostgreSQL documentation, appendix A, "PostgreSQL Error Codes"
 */
const UNAVAILABLE_STATES = /^(?:08|28|3D|40|53|55P03|57|58|25006)/

/** A commit is answered when it is on disk, also where the server was told not to care. */
const SET_UP = `SELECT set_config('statement_timeout', $1, false),
  CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END,
  current_setting('max_connections', true) AS most,
  current_setting('superuser_reserved_connections', true) AS for_superusers,
  current_setting('reserved_connections', true) AS for_others`

/**
 * Opens a connection to PostgreSQL.
 *
 * @param onLost called when the server has closed it
 * @throws {DatabaseUnavailableError} when the server does not take it
 * @throws {TargetError} when the package pg is not installed
 */
export async function openPostgres(
  options: PostgresOptions,
  clock: Clock,
  sweep: DeadlineSweep,
  onLost: () => void,
): Promise<DatabaseConnection> {
  const client = new (await importPostgresClient())({
    connectionString: options.url,
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: options.connectTimeoutMs,
    keepAlive: true,
  })
  const connection = new PostgresConnection(client, options.queryTimeoutMs, clock, sweep, onLost)
  try {
    await client.connect()
    await connection.setUp()
    return connection
  } catch (error) {
    await connection.close()
    throw error instanceof DatabaseUnavailableError ? error : unavailable(error)
  }
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: Client
  readonly #queryTimeoutMs: Milliseconds
  readonly #clock: Clock
  readonly #sweep: DeadlineSweep
  readonly #ended: Promise<void>
  #isUsable = true
  #connectionLimit: number | null = null

  constructor(client: Client, queryTimeoutMs: Milliseconds, clock: Clock, sweep: DeadlineSweep, onLost: () => void) {
    this.#client = client
    this.#queryTimeoutMs = queryTimeoutMs
    this.#clock = clock
    this.#sweep = sweep
    const lose = (): void => {
      if (!this.#isUsable) return
      this.#isUsable = false
      onLost()
    }
    // Without a listener the loss of an idle connection would end the process.
    client.on('error', lose)
    this.#ended = new Promise((resolve) => {
      client.on('end', () => {
        lose()
        resolve()
      })
    })
  }

  async setUp(): Promise<void> {
    const [told = {}] = await this.query(SET_UP, [String(this.#queryTimeoutMs)])
    this.#connectionLimit = connectionLimitOf(told)
  }

  get connectionLimit(): number | null {
    return this.#connectionLimit
  }

  get isUsable(): boolean {
    return this.#isUsable
  }

  get isInTransaction(): boolean {
    const status = this.#client.getTransactionStatus()
    return status === 'T' || status === 'E'
  }

  readonly query = async (
    sql: string,
    parameters: readonly SqlValue[] = [],
    { signal }: QueryOptions = {},
  ): Promise<readonly SqlRow[]> => this.#query(sql, parameters, this.#queryTimeoutMs + ANSWER_MARGIN_MS, signal)

  /** @param withinMs then the connection is cut */
  async #query(
    sql: string,
    parameters: readonly SqlValue[],
    withinMs: Milliseconds,
    signal?: AbortSignal,
  ): Promise<readonly SqlRow[]> {
    signal?.throwIfAborted()
    let cancelled: Promise<void> | undefined
    const cancel = (): void => void (cancelled ??= this.#cancel())
    signal?.addEventListener('abort', cancel)
    const due = this.#sweep.add(withinMs, () => this.#cut())
    try {
      const { rows } = await this.#client.query<Record<string, unknown>>(sql, [...parameters])
      return rows
    } catch (error) {
      if (endsConnection(error)) this.#isUsable = false
      throw isUnavailable(error) ? unavailable(error) : error
    } finally {
      due.cancel()
      signal?.removeEventListener('abort', cancel)
      // Otherwise it could stop the next statement.
      await cancelled
    }
  }

  readonly ping = (): Promise<unknown> => this.#query('SELECT 1', [], UPKEEP_TIMEOUT_MS)

  readonly rollBack = (): Promise<unknown> => this.#query('ROLLBACK', [], UPKEEP_TIMEOUT_MS)

  readonly close = async (): Promise<void> => {
    this.#isUsable = false
    const stopWaiting = this.#clock.schedule(CLOSE_TIMEOUT_MS, () => this.#cut())
    await this.#client.end().catch(() => undefined)
    // The server's process is gone when it has closed its side.
    await this.#ended
    stopWaiting()
  }

  #cancel(): Promise<void> {
    const { host, port } = this.#client
    // pg keeps what the server has told it, and its types leave it out.
    const { processID, secretKey } = this.#client as unknown as Record<'processID' | 'secretKey', number | null>
    if (processID === null || secretKey === null) return Promise.resolve()
    return requestCancel({ host, port, processId: processID, secretKey }, this.#clock)
  }

  /** Ends the connection without the server; what runs on it fails. */
  #cut(): void {
    this.#isUsable = false
    this.#client.connection.stream.destroy()
  }
}

/** Servers that only speak as PostgreSQL does may leave out any of them. */
function connectionLimitOf({ most, for_superusers: forSuperusers, for_others: forOthers }: SqlRow): number | null {
  const limit = Number(most ?? Number.NaN) - Number(forSuperusers ?? 0) - Number(forOthers ?? 0)
  return limit > 0 ? limit : null
}

function isUnavailable(error: unknown): boolean {
  const state = stateOf(error)
  return state === undefined || UNAVAILABLE_STATES.test(state)
}

/** The server says so before it hangs up, and that may come much later. */
function endsConnection(error: unknown): boolean {
  const severity = error instanceof Error && 'severity' in error ? error.severity : undefined
  return stateOf(error) === undefined || severity === 'FATAL' || severity === 'PANIC'
}

/** Errors without a state come from the connection and not from the server. */
function stateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Node says nothing but a code when several addresses of a host were tried. */
function unavailable(error: unknown): DatabaseUnavailableError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no connection'
  return new DatabaseUnavailableError(`PostgreSQL: ${messageOf(error) || code}`, { cause: error })
}

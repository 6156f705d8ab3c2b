import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Worker } from 'node:worker_threads'

import type { Milliseconds } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { entryUrl } from '../../host/process-entry.ts'
import type { DeadlineSweep } from '../../resilience/deadline.ts'
import { DatabaseUnavailableError, UPKEEP_TIMEOUT_MS } from './database-connection.ts'
import type { DatabaseConnection, QueryOptions, SqlRow, SqlValue } from './database-connection.ts'
import { startSmallThread } from './small-thread.ts'
import type { SqliteAnswer, SqliteCommand, SqliteThreadData } from './sqlite-messages.ts'

/** Result codes of a database that is locked, unwritable, full, gone or broken: nothing a statement is to blame for. */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([5, 6, 8, 10, 11, 13, 14, 26])

const OWNER_ONLY = 0o700

interface Waiting {
  readonly resolve: (answer: SqliteAnswer) => void
  readonly reject: (error: Error) => void
}

/** Which file, and how long to wait. */
export interface SqliteOptions {
  readonly file: string
  /** Its directory is made if need be, and only this user may read it. */
  readonly isTemporary: boolean
  /** The longest run of a statement; its thread is ended then, because SQLite in Node cannot be interrupted. */
  readonly queryTimeoutMs: Milliseconds
}

/**
 * Opens a connection to a SQLite file, which is made if need be, in a thread of its own: node:sqlite blocks the thread it
 * is called in.
 *
 * @param onLost called when the thread has ended
 * @throws {DatabaseUnavailableError} when the file cannot be opened
 */
export async function openSqlite(
  { file, isTemporary, queryTimeoutMs }: SqliteOptions,
  sweep: DeadlineSweep,
  onLost: () => void,
): Promise<DatabaseConnection> {
  const connection = new SqliteConnection(startThread(file, isTemporary), queryTimeoutMs, sweep, onLost)
  await connection.connected
  return connection
}

function startThread(file: string, isTemporary: boolean): Worker {
  try {
    if (isTemporary) mkdirSync(dirname(file), { recursive: true, mode: OWNER_ONLY })
    return startSmallThread(entryUrl(import.meta.url, 'sqlite-thread'), {
      workerData: { file } satisfies SqliteThreadData,
      // Node 22 and 24 still call node:sqlite experimental.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
  } catch (error) {
    throw unavailable(error)
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly connectionLimit = null
  readonly connected: Promise<SqliteAnswer>
  readonly #thread: Worker
  readonly #queryTimeoutMs: Milliseconds
  readonly #sweep: DeadlineSweep
  readonly #exited: Promise<void>
  /** In the order in which they will be answered. */
  readonly #waiting: Waiting[] = []
  #isUsable = true
  #isInTransaction = false

  constructor(thread: Worker, queryTimeoutMs: Milliseconds, sweep: DeadlineSweep, onLost: () => void) {
    this.#thread = thread
    this.#queryTimeoutMs = queryTimeoutMs
    this.#sweep = sweep
    thread.on('message', (answer: SqliteAnswer) => {
      this.#isInTransaction = answer.isInTransaction
      this.#waiting.shift()?.resolve(answer)
    })
    thread.once('error', (error) => this.#fail(error))
    this.#exited = new Promise((resolve) => {
      thread.once('exit', () => {
        this.#fail(new Error('its thread has ended'))
        resolve()
        onLost()
      })
    })
    this.connected = this.#answer(queryTimeoutMs)
  }

  get isUsable(): boolean {
    return this.#isUsable
  }

  get isInTransaction(): boolean {
    return this.#isInTransaction
  }

  readonly query = async (
    sql: string,
    parameters: readonly SqlValue[] = [],
    { isDurable = false }: QueryOptions = {},
  ): Promise<readonly SqlRow[]> => this.#query({ sql, parameters, isDurable }, this.#queryTimeoutMs)

  /** @param withinMs then its thread is ended */
  async #query(command: SqliteCommand, withinMs: Milliseconds): Promise<readonly SqlRow[]> {
    if (!this.#isUsable) throw new DatabaseUnavailableError('the connection to the database is closed')
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
    this.#thread.postMessage(command)
    const answer = await this.#answer(withinMs)
    if (answer.kind === 'rows') return answer.rows
    if (answer.kind === 'connected') return []
    const message = `SQLite: ${answer.message}`
    throw UNAVAILABLE_CODES.has(answer.code) ? new DatabaseUnavailableError(message) : new Error(message)
  }

  readonly ping = (): Promise<unknown> => this.#upkeep('SELECT 1')

  readonly rollBack = (): Promise<unknown> => this.#upkeep('ROLLBACK')

  #upkeep(sql: string): Promise<unknown> {
    return this.#query({ sql, parameters: [], isDurable: false }, UPKEEP_TIMEOUT_MS)
  }

  readonly close = async (): Promise<void> => {
    this.#isUsable = false
    await this.#thread.terminate()
    await this.#exited
  }

  #answer(withinMs: Milliseconds): Promise<SqliteAnswer> {
    const due = this.#sweep.add(withinMs, () => void this.close())
    return new Promise<SqliteAnswer>((resolve, reject) => this.#waiting.push({ resolve, reject })).finally(() =>
      due.cancel(),
    )
  }

  #fail(error: unknown): void {
    this.#isUsable = false
    const lost = unavailable(error)
    for (const { reject } of this.#waiting.splice(0)) reject(lost)
  }
}

function unavailable(error: unknown): DatabaseUnavailableError {
  return new DatabaseUnavailableError(`the SQLite file cannot be used: ${messageOf(error)}`, { cause: error })
}

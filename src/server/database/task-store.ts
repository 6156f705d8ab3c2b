import type { Milliseconds } from '../../core/clock.ts'
import type { Database } from './database.ts'
import type { DatabaseConnection } from './database-connection.ts'
import { seedTasks } from './seed-tasks.ts'
import type { StoredTask } from './seed-tasks.ts'
import { taskOf } from './task.ts'
import type { NewTask, Task, TaskFilter, TaskPage } from './task.ts'
import { listSql, taskSql } from './task-sql.ts'
import type { TaskSql } from './task-sql.ts'

/** A task that this process may work on until its lease ends; `seq` and `attempts` together tell this try from others. */
export interface ClaimedTask {
  readonly seq: number
  readonly payload: unknown
  /** This try included. */
  readonly attempts: number
}

/** How a try has ended. */
export type TaskEnding =
  | { readonly status: 'done'; readonly result: unknown }
  | { readonly status: 'dead'; readonly error: string }
  /** To be tried again after a while. */
  | { readonly status: 'queued'; readonly error: string; readonly delayMs: Milliseconds }

/** What has changed since one looked last, and whether there is work. */
export interface Glance {
  /** Higher after each change of what lists show. */
  readonly version: number
  readonly isWorkDue: boolean
}

/** Tables and their version. */
const PARTS_OF_SCHEMA = 2

/** The tasks in a database, which makes its tables when it is first used. All methods throw what `Database.use` throws. */
export class TaskStore {
  readonly #database: Database
  readonly #sql: TaskSql
  #isPrepared: Promise<void> | undefined

  constructor(database: Database) {
    this.#database = database
    this.#sql = taskSql(database.kind)
  }

  list({ status, service, page, limit }: TaskFilter, signal?: AbortSignal): Promise<TaskPage> {
    const filters = Object.entries({ status, service }).flatMap(([column, value]) =>
      value === undefined ? [] : [{ column, value }],
    )
    const sql = listSql(filters.map(({ column }) => column))
    const values = filters.map(({ value }) => value)
    return this.#use(async (connection) => {
      const rows = await connection.query(sql.page, [...values, limit, (page - 1) * limit], { signal })
      const [count] = await connection.query(sql.total, values, { signal })
      return { tasks: rows.map(taskOf), total: Number(count?.['total']) }
    }, signal)
  }

  find(id: string, signal?: AbortSignal): Promise<Task | undefined> {
    return this.#use(async (connection) => {
      const [row] = await connection.query(this.#sql.find, [id], { signal })
      return row === undefined ? undefined : taskOf(row)
    }, signal)
  }

  /**
   * Writes tasks that are to be done; resolves when they are on disk. All of them are written or none.
   *
   * @param signal gives the wait for a connection up, and nothing that was begun
   * @returns how many are new, the others having ids that exist already, and the version after that
   */
  add(tasks: readonly NewTask[], signal?: AbortSignal): Promise<{ readonly added: number; readonly version: number }> {
    const stored = tasks.map((task): StoredTask => ({ ...task, status: 'queued', attempts: 0, result: null }))
    return this.#use(async (connection) => {
      const rows = await connection.query(this.#sql.add, [JSON.stringify(stored)], { isDurable: true })
      return { added: rows.length, version: await this.#bumpVersion(connection) }
    }, signal)
  }

  glance(): Promise<Glance> {
    return this.#use(async (connection) => {
      const [row] = await connection.query(this.#sql.glance)
      return { version: Number(row?.['version']), isWorkDue: Boolean(row?.['is_due']) }
    })
  }

  /** Takes up to `limit` tasks that are due. When the lease ends before `settle`, somebody else may take them. */
  claim(limit: number, leaseMs: Milliseconds): Promise<readonly ClaimedTask[]> {
    return this.#use(async (connection) => {
      const rows = await connection.query(this.#sql.claim, [limit, leaseMs])
      if (rows.length > 0) await this.#bumpVersion(connection)
      return rows.map(({ seq, payload, attempts }) => ({
        seq: Number(seq),
        payload: JSON.parse(String(payload)) as unknown,
        attempts: Number(attempts),
      }))
    })
  }

  /** Writes down how a try has ended, unless somebody else has taken the task meanwhile; returns the version after that. */
  settle({ seq, attempts }: ClaimedTask, ending: TaskEnding): Promise<number> {
    const delayMs = ending.status === 'queued' ? Math.round(ending.delayMs) : 0
    const result = ending.status === 'done' ? JSON.stringify(ending.result) : null
    const error = ending.status === 'done' ? null : ending.error
    return this.#use(async (connection) => {
      await connection.query(this.#sql.settle, [seq, attempts, ending.status, delayMs, result, error])
      return this.#bumpVersion(connection)
    })
  }

  /** Deletes the oldest finished tasks beyond `kept`. */
  prune(kept: number): Promise<void> {
    return this.#use(async (connection) => {
      await connection.query(this.#sql.prune, [kept])
      await this.#bumpVersion(connection)
    })
  }

  #use<T>(task: (connection: DatabaseConnection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#database.use(async (connection) => {
      this.#isPrepared ??= this.#prepare(connection).catch((error: unknown) => {
        this.#isPrepared = undefined
        throw error
      })
      await this.#isPrepared
      return task(connection)
    }, signal)
  }

  /** Several processes may come here at the same time. */
  async #prepare(connection: DatabaseConnection): Promise<void> {
    const [count] = await connection.query(this.#sql.presentTables)
    if (Number(count?.['present']) === PARTS_OF_SCHEMA) return
    for (const statement of [...this.#sql.begin, ...this.#sql.create]) await connection.query(statement)
    const anything = await connection.query(this.#sql.anyTask)
    if (anything.length === 0) await connection.query(this.#sql.add, [JSON.stringify(seedTasks())])
    await connection.query('COMMIT')
  }

  /** After the change, and not with it: whoever sees the new version must find what has changed. */
  async #bumpVersion(connection: DatabaseConnection): Promise<number> {
    const [row] = await connection.query(this.#sql.bumpVersion)
    return Number(row?.['version'])
  }
}

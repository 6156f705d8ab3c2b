import type { SqlRow } from './database-connection.ts'

/** What may become of a task: it waits, is worked on, was done, or was given up after too many tries. */
export const TASK_STATES = ['queued', 'running', 'done', 'dead'] as const
export type TaskStatus = (typeof TASK_STATES)[number]

/** One task as clients see it. */
export interface Task {
  readonly id: string
  readonly service: string
  readonly status: TaskStatus
  readonly payload: unknown
  /** Tries so far. */
  readonly attempts: number
  /** What the work gave; null until it is done. */
  readonly result: unknown
  /** Why the last try failed; null when none did. */
  readonly error: string | null
  /** ISO 8601, by the clock of the database. */
  readonly created_at: string
  readonly updated_at: string
}

/** A task that is to be done. */
export interface NewTask {
  readonly id: string
  readonly service: string
  /** JSON. */
  readonly payload: string
}

/** Which tasks are asked for. */
export interface TaskFilter {
  readonly status?: TaskStatus
  readonly service?: string
  /** From 1. */
  readonly page: number
  readonly limit: number
}

/** Some of the tasks that match, the newest first, and how many match. */
export interface TaskPage {
  readonly tasks: readonly Task[]
  readonly total: number
}

/** The task in a row; what the columns hold is guaranteed by the statements that write them. */
export function taskOf(row: SqlRow): Task {
  const { id, service, status, payload, attempts, result, error, created_ms: createdMs, updated_ms: updatedMs } = row
  return {
    id: String(id),
    service: String(service),
    status: status as TaskStatus,
    payload: JSON.parse(String(payload)),
    attempts: Number(attempts),
    result: typeof result === 'string' ? JSON.parse(result) : null,
    error: typeof error === 'string' ? error : null,
    created_at: new Date(Number(createdMs)).toISOString(),
    updated_at: new Date(Number(updatedMs)).toISOString(),
  }
}

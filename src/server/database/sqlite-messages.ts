import type { SqlRow, SqlValue } from './database-connection.ts'

/** What a thread with a SQLite connection is started with. */
export interface SqliteThreadData {
  readonly file: string
}

/** One statement for the thread. */
export interface SqliteCommand {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  readonly isDurable: boolean
}

/** The thread is connected, or a statement has ended; they are answered in order. */
export type SqliteAnswer = { readonly isInTransaction: boolean } & (
  | { readonly kind: 'connected' }
  | { readonly kind: 'rows'; readonly rows: readonly SqlRow[] }
  /** `code` is SQLite's primary result code, 0 where it has none. */
  | { readonly kind: 'error'; readonly message: string; readonly code: number }
)

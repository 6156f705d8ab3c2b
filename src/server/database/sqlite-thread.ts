import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

import { messageOf } from '../../core/errors.ts'
import type { SqliteAnswer, SqliteCommand, SqliteThreadData } from './sqlite-messages.ts'

/** Thread entry: one connection to a SQLite file. A statement blocks this thread and nothing else. */

/** Another connection that writes lets this one wait so long; then the statement fails. */
const BUSY_TIMEOUT_MS = 5_000
/** The low byte of an extended result code. */
const PRIMARY_CODE = 0xff

const { file } = workerData as SqliteThreadData // only sqlite-connection.ts starts this
const database = new DatabaseSync(file)
/** As many as there are statements in our sources. */
const statements = new Map<string, StatementSync>()
let isDurable = false

// In WAL mode a commit is on disk only with synchronous = FULL; with NORMAL the last ones may be lost with the power.
database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`)
answer({ kind: 'connected', isInTransaction: false })

parentPort?.on('message', (command: SqliteCommand) => answer(run(command)))

function run({ sql, parameters, isDurable: mustBeDurable }: SqliteCommand): SqliteAnswer {
  try {
    if (mustBeDurable !== isDurable) {
      database.exec(`PRAGMA synchronous = ${mustBeDurable ? 'FULL' : 'NORMAL'}`)
      isDurable = mustBeDurable
    }
    const values = Object.fromEntries(parameters.map((value, index) => [`$${index + 1}`, value]))
    const rows = prepared(sql).all(values)
    return { kind: 'rows', rows, isInTransaction: database.isTransaction }
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & PRIMARY_CODE : 0
    return { kind: 'error', message: messageOf(error), code, isInTransaction: database.isTransaction }
  }
}

function prepared(sql: string): StatementSync {
  const known = statements.get(sql)
  if (known !== undefined) return known
  const statement = database.prepare(sql)
  statements.set(sql, statement)
  return statement
}

function answer(message: SqliteAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
  parentPort?.postMessage(message)
}

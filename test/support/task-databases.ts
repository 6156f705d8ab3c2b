import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { makePostgres, SKIP_WITHOUT_POSTGRES } from './postgres.ts'
import type { Postgres } from './postgres.ts'

/** A place for databases of one kind; each test asks for one of its own. */
export interface TaskDatabases {
  /** The URL of a new, empty database. */
  readonly create: () => Promise<string>
  /** Keeps others from writing tasks, which must exist, until the result is called. */
  readonly holdWrites: (url: string) => Promise<() => Promise<void>>
  readonly remove: () => Promise<void>
}

/** The kinds that the same tests are run on, and why one is skipped. */
export const TASK_DATABASES: readonly {
  readonly kind: 'sqlite' | 'postgres'
  readonly skip: string | false
  readonly make: () => Promise<TaskDatabases>
}[] = [
  { kind: 'sqlite', skip: false, make: () => Promise.resolve(sqliteFiles()) },
  { kind: 'postgres', skip: SKIP_WITHOUT_POSTGRES, make: async () => postgresDatabases(await makePostgres()) },
]

function sqliteFiles(): TaskDatabases {
  const folder = mkdtempSync(join(tmpdir(), 'tune-sqlite-'))
  let count = 0
  return {
    create: () => Promise.resolve(`sqlite:${join(folder, `tasks-${count++}.db`)}`),
    holdWrites: (url) => {
      const database = new DatabaseSync(url.slice('sqlite:'.length))
      database.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE')
      return Promise.resolve(() => {
        database.exec('COMMIT')
        database.close()
        return Promise.resolve()
      })
    },
    remove: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  }
}

/** Databases of one server. */
export function postgresDatabases(server: Postgres): TaskDatabases {
  let count = 0
  return {
    create: async () => {
      const name = `tasks_${count++}`
      const client = await server.connect()
      await client.query(`CREATE DATABASE ${name}`)
      await client.end()
      return Object.assign(new URL(server.url), { pathname: `/${name}` }).href
    },
    holdWrites: async (url) => {
      const client = await server.connect(url)
      await client.query('BEGIN')
      await client.query('LOCK TABLE tune_tasks IN EXCLUSIVE MODE')
      return async () => {
        await client.query('COMMIT')
        await client.end()
      }
    },
    remove: () => server.remove(),
  }
}

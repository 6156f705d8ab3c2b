import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { systemClock } from '../../../src/host/system-clock.ts'
import { DeadlineSweep } from '../../../src/resilience/deadline.ts'
import { DatabaseUnavailableError } from '../../../src/server/database/database-connection.ts'
import { openSqlite } from '../../../src/server/database/sqlite-connection.ts'

test('an embedded database whose directory cannot be made is unavailable, and says why', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tune-sqlite-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'taken', 'tasks.db')
  writeFileSync(join(folder, 'taken'), 'a file where a directory is to be')
  const opened = openSqlite(
    { file, isTemporary: true, queryTimeoutMs: 5_000 },
    new DeadlineSweep(systemClock),
    () => undefined,
  )
  await assert.rejects(opened, (error) => {
    assert.ok(error instanceof DatabaseUnavailableError)
    assert.match(error.message, /^the SQLite file cannot be used: E(?:EXIST|NOTDIR)/)
    return true
  })
})

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { systemClock } from '../../../src/host/system-clock.ts'
import { DeadlineSweep } from '../../../src/resilience/deadline.ts'
import { DatabaseUnavailableError } from '../../../src/server/database/database-connection.ts'
import { openSqlite } from '../../../src/server/database/sqlite-connection.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('an embedded database whose directory cannot be made is unavailable, and says why', async () => {
  const folder = temporaryFolder('sqlite')
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

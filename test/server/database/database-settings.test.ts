import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { SettingsError } from '../../../src/core/errors.ts'
import { describeSettings, resolveSettings, settingsThatDiffer } from '../../../src/core/settings.ts'
import { checkDatabase } from '../../../src/server/database/check-database.ts'
import { parseDatabaseUrl } from '../../../src/server/database/database-url.ts'
import { removeTemporaryDatabase, withEmbeddedDatabase } from '../../../src/server/database/embedded-database.ts'
import { serverOptions } from '../../../src/server/options.ts'
import type { ServerOptions } from '../../../src/server/options.ts'
import type { DatabaseOptions } from '../../../src/server/options/database.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const CHECK_DATABASE = new URL('../../../src/server/database/check-database.ts', import.meta.url).href

function optionsOf(flags: Readonly<Record<string, string>>): ServerOptions {
  return serverOptions(resolveSettings({ flags, environment: {} }), 1)
}

function databaseOf(flags: Readonly<Record<string, string>>): DatabaseOptions {
  return optionsOf(flags).database ?? assert.fail('no database')
}

test('a password in DATABASE_URL is masked wherever settings are shown', () => {
  for (const url of [
    'postgres://app:hunter2@db.internal:5432/items',
    'postgres://app@db.internal/items?sslmode=require&password=hunter2',
  ]) {
    const settings = resolveSettings({ flags: {}, environment: { DATABASE_URL: url } })
    const shown = describeSettings(settings) + JSON.stringify(settingsThatDiffer(settings))
    assert.doesNotMatch(shown, /hunter2/)
    assert.match(shown, /db\.internal/)
    assert.equal(databaseOf({ DATABASE_URL: url }).url, url)
  }
})

test('what is no address of a database is refused without its password', () => {
  for (const url of [
    'mysql://app:hunter2@db/items',
    'postgres://app:hun/ter2@db/items',
    'postgres://app:hunter 2@db/items',
    'sqlite:tasks.db',
    'tasks.db',
  ]) {
    assert.throws(
      () => databaseOf({ DATABASE_URL: url }),
      (error) => {
        assert.ok(error instanceof SettingsError)
        assert.match(error.message, /DATABASE_URL must be sqlite:\/path\/file\.db or postgres:\/\/user:password@host/)
        assert.doesNotMatch(error.message, /hun|ter2| 2@/)
        return true
      },
    )
  }
  assert.throws(() => databaseOf({ DATABASE_URL: 'postgres://app:hunter2@db:99999/items' }), {
    name: 'SettingsError',
    message: 'DATABASE_URL is not a URL',
  })
})

test('the names and ranges of the source documents are kept', () => {
  const { poolSize, maxOverflow, poolTimeoutMs, recycleMs } = databaseOf({})
  assert.deepEqual([poolSize, maxOverflow, poolTimeoutMs, recycleMs], [5, 10, 30_000, 3_600_000])
  const aliases = databaseOf({ POOL_SIZE: '20', MAX_OVERFLOW: '0' })
  assert.deepEqual([aliases.poolSize, aliases.maxOverflow], [20, 0])
  for (const flags of [{ POOL_SIZE: '21' }, { POOL_SIZE: '0' }, { MAX_OVERFLOW: '21' }]) {
    assert.throws(() => databaseOf(flags), SettingsError)
  }
})

test('a URL names a file or a server', () => {
  assert.deepEqual(parseDatabaseUrl('sqlite:/var/lib/tasks.db'), { kind: 'sqlite', file: '/var/lib/tasks.db' })
  const url = 'postgresql://db/items'
  assert.deepEqual(parseDatabaseUrl(url), { kind: 'postgres', url })
})

test('a place where no file can be made is said before anything is started', () => {
  assert.throws(
    () => checkDatabase(databaseOf({ DATABASE_URL: 'sqlite:/nowhere/at/all/tasks.db' })),
    (error) => {
      assert.ok(error instanceof SettingsError)
      assert.match(error.message, /^DATABASE_URL: \/nowhere\/at\/all\/tasks\.db cannot be written \(ENOENT/)
      return true
    },
  )
  assert.throws(() => checkDatabase(databaseOf({ DATABASE_URL: `sqlite:${tmpdir()}` })), /it is no file/)
  checkDatabase(databaseOf({}))
  checkDatabase(databaseOf({ DATABASE_URL: 'postgres://db/items' }))
})

test('a file that is there and may not be written is said before anything is started', () => {
  const folder = temporaryFolder('read-only')
  chmodSync(folder, 0o777)
  const file = join(folder, 'tasks.db')
  const check = (): string => {
    // The superuser may write whatever the mode says.
    const code = `import { checkDatabase } from ${JSON.stringify(CHECK_DATABASE)}
      if (process.getuid() === 0) process.setuid(65534)
      try { checkDatabase({ url: ${JSON.stringify(`sqlite:${file}`)} }) } catch (error) { console.log(String(error)) }`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code])
    assert.equal(stderr.toString(), '')
    return stdout.toString().trim()
  }
  assert.equal(check(), '')
  writeFileSync(file, '')
  chmodSync(file, 0o666)
  assert.equal(check(), '')
  chmodSync(file, 0o444)
  assert.match(check(), /^SettingsError: DATABASE_URL: .*tasks\.db cannot be written \(EACCES/)
})

test('an embedded database has one place for all, which a worker whose primary was killed removes, and no other', () => {
  const options = optionsOf({})
  const embedded = withEmbeddedDatabase(options)
  assert.equal(withEmbeddedDatabase(options).database?.url, embedded.database?.url)
  assert.equal(withEmbeddedDatabase(embedded), embedded)
  const address = parseDatabaseUrl(embedded.database?.url ?? '')
  const directory = address.kind === 'sqlite' ? dirname(address.file) : assert.fail('not SQLite')
  assert.ok(!existsSync(directory), 'nothing is made before it is used')
  mkdirSync(directory)
  const folder = temporaryFolder('kept')
  removeTemporaryDatabase(optionsOf({ DATABASE_URL: `sqlite:${folder}/tasks.db` }))
  assert.ok(existsSync(folder))
  removeTemporaryDatabase(embedded)
  assert.ok(!existsSync(directory))
})

test('a file that cannot even be looked at is a wrong setting', () => {
  // As for a directory that this user may not enter; root may enter all of them.
  assert.throws(() => checkDatabase({ url: `sqlite:/tmp/${'x'.repeat(300)}.db` }), {
    name: 'SettingsError',
    message: /cannot be written \(.*ENAMETOOLONG/,
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { after, before, suite, test } from 'node:test'
import type { TestContext } from 'node:test'

import type { Client } from 'pg'

import { systemClock } from '../../../src/host/system-clock.ts'
import { DeadlineSweep } from '../../../src/resilience/deadline.ts'
import type { Database } from '../../../src/server/database/database.ts'
import { DatabaseUnavailableError } from '../../../src/server/database/database-connection.ts'
import { openPostgres } from '../../../src/server/database/postgres-connection.ts'
import { openDatabase } from '../../support/open-database.ts'
import { makePostgres, SKIP_WITHOUT_POSTGRES } from '../../support/postgres.ts'
import type { Postgres } from '../../support/postgres.ts'
import { until } from '../app-under-test.ts'

const MAX_CONNECTIONS = 40

/** Passes everything on to a port of 127.0.0.1, and of what comes back only the first pieces; it ends with the test. */
async function startSlowProxy(t: TestContext, port: number, pieces: number) {
  const sockets: Socket[] = []
  const proxy = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    sockets.push(client, upstream)
    client.on('error', () => undefined).pipe(upstream)
    client.once('close', () => upstream.destroy())
    let left = pieces
    upstream.on('error', () => undefined).on('data', (piece) => left-- > 0 && client.write(piece))
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  const address = proxy.address() as AddressInfo
  return { url: (original: string): string => Object.assign(new URL(original), { port: address.port }).href }
}

suite('PostgreSQL', { skip: SKIP_WITHOUT_POSTGRES }, () => {
  let server: Postgres
  let outside: Client
  before(async () => {
    server = await makePostgres(MAX_CONNECTIONS)
    outside = await server.connect()
  })
  after(async () => {
    await outside.end()
    await server.remove()
  })

  function open(t: TestContext, { url = server.url, queryTimeoutMs = 5_000 } = {}): Database {
    return openDatabase(t, { url, poolSize: 2, maxOverflow: 1, poolTimeoutMs: 5_000 }, queryTimeoutMs)
  }

  function ask(database: Database, sql: string, signal?: AbortSignal): Promise<unknown> {
    return database.use(async (connection) => Object.values((await connection.query(sql, [], { signal }))[0] ?? {})[0])
  }

  async function countOf(condition: string): Promise<number> {
    const { rows } = await outside.query<{ count: string }>(
      `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tune' AND ${condition}`,
    )
    return Number(rows[0]?.count)
  }

  test('DB03 who gives up has his query stopped, and the connection is of use to the next', async (t) => {
    const database = open(t)
    const pid = await ask(database, 'SELECT pg_backend_pid()')
    const leaving = new AbortController()
    const asked = assert.rejects(ask(database, 'SELECT pg_sleep(60)', leaving.signal), DatabaseUnavailableError)
    await until(async () => (await countOf(`query LIKE '%pg_sleep(60)'`)) === 1, 'it sleeps')
    leaving.abort()
    await asked
    await until(async () => (await countOf(`state = 'active'`)) === 0, 'it sleeps no more')
    assert.equal(await ask(database, 'SELECT pg_backend_pid()'), pid)
  })

  test('a query that takes too long is stopped by the server, and the connection is of use to the next', async (t) => {
    const database = open(t, { queryTimeoutMs: 100 })
    const pid = await ask(database, 'SELECT pg_backend_pid()')
    await assert.rejects(ask(database, 'SELECT pg_sleep(60)'), /statement timeout/)
    assert.equal(await ask(database, 'SELECT pg_backend_pid()'), pid)
  })

  test('a server that does not answer has its connection cut', async (t) => {
    const database = open(t, { queryTimeoutMs: 100 })
    const pid = await ask(database, 'SELECT pg_backend_pid()')
    process.kill(Number(pid), 'SIGSTOP')
    t.after(() => process.kill(Number(pid), 'SIGCONT'))
    await assert.rejects(ask(database, 'SELECT 1'), DatabaseUnavailableError)
    assert.notEqual(await ask(database, 'SELECT pg_backend_pid()'), pid)
  })

  test('DB02 an idle connection that the server ends is replaced without anybody noticing', async (t) => {
    const database = open(t)
    const pid = await ask(database, 'SELECT pg_backend_pid()')
    await outside.query('SELECT pg_terminate_backend($1)', [pid])
    await until(() => database.stats().connected === 0, 'the pool knows')
    assert.notEqual(await ask(database, 'SELECT pg_backend_pid()'), pid)
  })

  test('a connection that is ended in use fails what runs on it and nothing else', async (t) => {
    const database = open(t)
    const asked = assert.rejects(ask(database, 'SELECT pg_sleep(60)'), DatabaseUnavailableError)
    await until(async () => (await countOf(`state = 'active'`)) === 1, 'it sleeps')
    await outside.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%(60)'`,
    )
    await asked
    assert.equal(await ask(database, 'SELECT 7'), 7)
  })

  test('a wrong password is said without it', async (t) => {
    const database = open(t, { url: server.url.replace('s3cret', 'wr0ng') })
    await assert.rejects(ask(database, 'SELECT 1'), (error) => {
      assert.ok(error instanceof DatabaseUnavailableError)
      assert.match(error.message, /password authentication failed for user "tune"/)
      assert.doesNotMatch(JSON.stringify(error) + String(error), /wr0ng/)
      return true
    })
  })

  test('a commit waits for the disk, also where the server was told not to care', async (t) => {
    await outside.query(`ALTER ROLE tune SET synchronous_commit = 'off'`)
    t.after(() => outside.query('ALTER ROLE tune RESET synchronous_commit'))
    assert.equal(await ask(open(t), 'SHOW synchronous_commit'), 'on')
  })

  test('DB01 a connection that takes too long to open is gone at the server too', async (t) => {
    // The server has a whole session when it says so, and what it says then does not arrive.
    const slow = await startSlowProxy(t, Number(new URL(server.url).port), 2)
    const options = { url: slow.url(server.url), connectTimeoutMs: 300, queryTimeoutMs: 5_000 }
    const sweep = new DeadlineSweep(systemClock)
    const opened = assert.rejects(
      openPostgres(options, systemClock, sweep, () => undefined),
      DatabaseUnavailableError,
    )
    await until(async () => (await countOf('true')) === 1, 'the server has a session')
    await opened
    await until(async () => (await countOf('true')) === 0, 'it has none')
  })

  test('DB04 the pool knows how many connections the server grants to ordinary users', async (t) => {
    const database = open(t)
    assert.equal(database.stats().connectionLimit, null)
    await ask(database, 'SELECT 1')
    // PostgreSQL keeps 3 back for superusers unless told otherwise.
    assert.equal(database.stats().connectionLimit, MAX_CONNECTIONS - 3)
  })

  test('a closed pool leaves no connection on the server', async (t) => {
    const database = open(t)
    await Promise.all([1, 2, 3].map(() => ask(database, 'SELECT pg_sleep(0.05)')))
    await database.close()
    assert.equal(await countOf('true'), 0)
  })
})

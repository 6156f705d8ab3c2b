import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { TestContext } from 'node:test'

import { makePostgres, SKIP_WITHOUT_POSTGRES } from '../support/postgres.ts'
import type { Postgres } from '../support/postgres.ts'
import { runServer } from '../support/running-server.ts'
import type { RunningServer } from '../support/running-server.ts'

const PATH = '/api/v1/eventstreammonitor/tasks'
const WORKERS = 2
const CLIENTS = 30
const MAX_CONNECTIONS = 60
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Ended {
  readonly atMs: number
  readonly status: number
}

/** Asks one after the other over `CLIENTS` connections until it is told to stop; nothing is served from memory. */
function load({ url }: RunningServer): { readonly ended: readonly Ended[]; readonly stop: () => Promise<void> } {
  const ended: Ended[] = []
  const over = new AbortController()
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!over.signal.aborted) {
      const status = await fetch(`${url}${PATH}?limit=100`).then(
        async (answer) => {
          await answer.arrayBuffer()
          return answer.status
        },
        () => 0,
      )
      ended.push({ atMs: performance.now(), status })
      // As long as nothing works, they would only go round in circles.
      if (status !== 200) await sleep(20)
    }
  })
  return {
    ended,
    stop: async () => {
      over.abort()
      await Promise.all(clients)
    },
  }
}

suite('the bundled server on PostgreSQL', { skip: SKIP_WITHOUT_POSTGRES, timeout: 120_000 }, () => {
  let postgres: Postgres
  before(async () => {
    postgres = await makePostgres(MAX_CONNECTIONS)
  })
  after(() => postgres.remove())

  function start(t: TestContext, flags: Readonly<Record<string, string>>): Promise<RunningServer> {
    const all = { WEB_CONCURRENCY: String(WORKERS), CACHE_ENABLED: 'false', DATABASE_URL: postgres.url, ...flags }
    return runServer(t, all, { effectiveCpus: 2 })
  }

  test('DB02 a restart of the database costs requests only while it lasts, and the pools are full again within 2 s', async (t) => {
    const target = await start(t, {})
    const pids = target.pids()
    const { ended, stop } = load(target)
    await sleep(2_000)
    const goneAtMs = performance.now()
    await postgres.stop()
    await sleep(2_000)
    await postgres.start()
    const backAtMs = performance.now()
    let fullAtMs = Number.POSITIVE_INFINITY
    while (fullAtMs === Number.POSITIVE_INFINITY && performance.now() < backAtMs + 10_000) {
      const { workers } = await target.stats()
      const isFull = workers.length === WORKERS && workers.every(({ database }) => (database?.connected ?? 0) >= 5)
      if (isFull) fullAtMs = performance.now()
      else await sleep(20)
    }
    await sleep(3_000)
    await stop()
    const fullAfterMs = fullAtMs - backAtMs
    const failed = ended.filter(({ status }) => status !== 200)
    const lastFailedMs = Math.max(0, ...failed.map(({ atMs }) => atMs - backAtMs))
    t.diagnostic(
      `${ended.length} requests, ${failed.length} of them failed, the last ${Math.round(lastFailedMs)} ms after the ` +
        `database was back; pools full after ${Math.round(fullAfterMs)} ms`,
    )
    assert.ok(fullAfterMs < 2_000, `full after ${fullAfterMs} ms`)
    assert.ok(failed.length > 0, 'it was noticed')
    assert.deepEqual([...new Set(failed.map(({ status }) => status))], [503])
    assert.ok(failed.every(({ atMs }) => atMs >= goneAtMs))
    assert.ok(lastFailedMs < 2_000, `the last failed ${lastFailedMs} ms after it was back`)
    assert.ok(ended.filter(({ atMs, status }) => status === 200 && atMs > backAtMs).length > 100)
    assert.deepEqual(target.pids(), pids, 'no process has ended')
  })

  test('DB04 the database never sees more connections than workers × (size + overflow), whatever comes and goes', async (t) => {
    const target = await start(t, { DATABASE_POOL_SIZE: '2', DATABASE_MAX_OVERFLOW: '3', POOL_RECYCLE: '1' })
    const outside = await postgres.connect()
    t.after(() => outside.end())
    const { ended, stop } = load(target)
    const seen: number[] = []
    const endMs = performance.now() + 6_000
    while (performance.now() < endMs) {
      const { rows } = await outside.query<{ count: string }>(
        `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tune'`,
      )
      seen.push(Number(rows[0]?.count))
      await sleep(5)
    }
    await stop()
    const good = ended.filter(({ status }) => status === 200).length
    t.diagnostic(`${seen.length} looks, at most ${Math.max(...seen)} connections; ${good} requests`)
    assert.ok(Math.max(...seen) <= WORKERS * 5, `${Math.max(...seen)} connections`)
    assert.ok(Math.max(...seen) > WORKERS * 2, 'the overflow was in use')
    assert.equal(good, ended.length)
    const { workers } = await target.stats()
    assert.deepEqual(
      workers.map(({ database }) => database?.connectionLimit),
      // PostgreSQL keeps 3 back for superusers unless told otherwise.
      Array.from({ length: WORKERS }, () => MAX_CONNECTIONS - 3),
    )
  })
})

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { TestContext } from 'node:test'

import type { Database } from '../../src/server/database/database.ts'
import { TaskStore } from '../../src/server/database/task-store.ts'
import type { DatabaseOptions } from '../../src/server/options/database.ts'
import { DATABASE_OPTIONS, openDatabase } from '../support/open-database.ts'
import { TASK_DATABASES } from '../support/task-databases.ts'
import type { TaskDatabases } from '../support/task-databases.ts'
import { jsonOf, runApp, send, until } from './app-under-test.ts'
import { CACHE } from './cache-options.ts'
import type { Received, RunningApp } from './app-under-test.ts'

const PATH = '/api/v1/eventstreammonitor/tasks'

type Json = Readonly<Record<string, unknown>>

function post(url: string, body: unknown): Promise<Received> {
  return send(url + PATH, { method: 'POST', body: JSON.stringify(body) })
}

async function get(url: string, query = ''): Promise<Json> {
  const answer = await send(`${url}${PATH}?${query}`)
  assert.equal(answer.status, 200, answer.body.toString())
  return jsonOf(answer)
}

function statusOf(url: string, id: string): Promise<unknown> {
  return get(url, `id=${id}`).then(({ status }) => status)
}

/** A store beside the app, as another process would have it; it ends with the test. */
function openStore(
  t: TestContext,
  url: string,
  more: Partial<DatabaseOptions> = {},
): { readonly store: TaskStore; readonly database: Database } {
  const database = openDatabase(t, { ...more, url })
  return { store: new TaskStore(database), database }
}

for (const { kind, skip, make } of TASK_DATABASES) {
  suite(`tasks in ${kind}`, { skip }, () => {
    let databases: TaskDatabases
    before(async () => {
      databases = await make()
    })
    after(() => databases.remove())

    async function run(
      t: TestContext,
      more: Partial<DatabaseOptions> = {},
      onError: (error: unknown) => void = () => undefined,
    ): Promise<RunningApp & { readonly databaseUrl: string }> {
      const databaseUrl = more.url ?? (await databases.create())
      const database = { ...DATABASE_OPTIONS, ...more, url: databaseUrl }
      return { ...(await runApp(t, { database, cache: CACHE, maxRequestBytes: 1_000_000 }, [], onError)), databaseUrl }
    }

    test('a new store has something in it, in pages and by service and state', async (t) => {
      const { url } = await run(t)
      const first = await get(url)
      const { tasks, page, limit, total, pages } = first as { tasks: readonly Json[] } & Json
      assert.deepEqual([page, limit, total, pages, tasks.length], [1, 20, 300, 15, 20])
      const fields = ['id', 'service', 'status', 'payload', 'attempts', 'result', 'error', 'created_at', 'updated_at']
      assert.deepEqual(Object.keys(tasks[0] ?? {}), fields)
      const last = (await get(url, 'page=3&limit=100')) as { tasks: readonly Json[] } & Json
      assert.equal(last.tasks.at(-1)?.['id'], 'seed-0')
      assert.equal(new Set([...tasks, ...last.tasks].map(({ id }) => id)).size, 120, 'pages do not overlap')
      const ofService = (await get(url, 'service=log-monitor&status=done&limit=100')) as typeof last
      assert.ok(ofService.tasks.length > 0 && ofService.tasks.every(({ service }) => service === 'log-monitor'))
      assert.equal(ofService['total'], ofService.tasks.length)
      assert.equal((await get(url, 'status=dead'))['total'], 0)
      assert.deepEqual((await get(url, 'page=1000'))['tasks'], [])
    })

    test('a task is accepted, done, and found with its result', async (t) => {
      const { url } = await run(t)
      const answer = await post(url, { service: 'shop', payload: { text: 'count these four words' } })
      assert.equal(answer.status, 202)
      const { ids, accepted } = jsonOf(answer) as { ids: readonly string[]; accepted: number }
      assert.deepEqual([accepted, ids.length], [1, 1])
      await until(async () => (await statusOf(url, ids[0] ?? '')) === 'done', 'it is done')
      const { result, attempts, error } = await get(url, `id=${ids[0]}`)
      assert.deepEqual([result, attempts, error], [{ words: 4 }, 1, null])
      assert.equal((await send(`${url}${PATH}?id=nobody`)).status, 404)
    })

    test('of many tasks at once all are accepted, and those with known ids are not taken twice', async (t) => {
      const { url } = await run(t)
      const batch = Array.from({ length: 1_000 }, (_, index) => ({
        id: `task-${index}`,
        service: 'batch',
        payload: { text: `nothing "special" \u0000 ${index} \ud83d\ude00` },
      }))
      const first = jsonOf(await post(url, batch))
      assert.deepEqual([first['accepted'], first['duplicates']], [1_000, 0])
      const again = jsonOf(
        await post(url, [...batch.slice(0, 2), { ...batch[2], id: 'new' }, { ...batch[2], id: 'new' }]),
      )
      assert.deepEqual(again, { accepted: 1, duplicates: 3, ids: ['task-0', 'task-1', 'new', 'new'] })
      assert.equal((await get(url, 'service=batch&limit=1'))['total'], 1_001)
      assert.deepEqual((await get(url, 'id=task-7'))['payload'], batch[7]?.payload)
    })

    test('lists are served from memory until a task is added', async (t) => {
      const { url } = await run(t)
      const list = (): Promise<Received> => send(`${url}${PATH}?service=shop`)
      await until(async () => (await list()).headers['x-cache'] === 'HIT', 'a list comes from memory')
      assert.equal(jsonOf(await list())['total'], 0)
      await post(url, { service: 'shop', payload: {} })
      const next = await list()
      assert.deepEqual([next.headers['x-cache'], jsonOf(next)['total']], ['MISS', 1])
    })

    test('lists that another process has made old are not served for longer than it takes to notice', async (t) => {
      const { url, databaseUrl } = await run(t)
      const { store } = openStore(t, databaseUrl)
      const list = (): Promise<Received> => send(`${url}${PATH}?service=other`)
      await until(async () => (await list()).headers['x-cache'] === 'HIT', 'a list comes from memory')
      await store.add([{ id: 'x', service: 'other', payload: '{}' }])
      await until(async () => jsonOf(await list())['total'] === 1, 'the new task is listed')
    })

    test('DB01 fifteen write at once, the sixteenth waits and is then refused, and overflow is closed after use', async (t) => {
      const { url, databaseUrl, stats } = await run(t)
      await get(url)
      const release = await databases.holdWrites(databaseUrl)
      const writing = Array.from({ length: 15 }, () => post(url, { service: 'a', payload: {} }))
      await until(() => stats().database?.running === 15 && stats().database?.connected === 15, 'fifteen write')
      const refused = await post(url, { service: 'a', payload: {} })
      assert.deepEqual(
        [refused.status, jsonOf(refused)['reason'], refused.headers['retry-after']],
        [503, 'pool_timeout', '1'],
      )
      assert.match(String(jsonOf(refused)['detail']), /5 connections and 10 beyond are in use/)
      await release()
      const statuses = (await Promise.all(writing)).map(({ status }) => status)
      assert.deepEqual(
        statuses,
        Array.from({ length: 15 }, () => 202),
      )
      await until(() => stats().database?.connected === 5, 'the overflow is closed')
      const { exhausted, waits, waitCounts } = stats().database ?? assert.fail('no database')
      assert.ok(exhausted >= 1 && waits >= 1, 'DB05')
      assert.equal(
        waitCounts.reduce((sum, count) => sum + count, 0),
        waits,
      )
    })

    test('DB03 what a task leaves open is rolled back, and the connection is of use to the next', async (t) => {
      const { store, database } = openStore(t, await databases.create(), { poolSize: 1, maxOverflow: 0 })
      await store.glance()
      await assert.rejects(
        database.use(async (connection) => {
          await connection.query('BEGIN')
          await connection.query('DELETE FROM tune_tasks')
          throw new Error('forgot to commit')
        }),
        { message: 'forgot to commit' },
      )
      assert.equal((await store.list({ page: 1, limit: 1 })).total, 300)
      assert.equal(database.stats().connected, 1)
    })

    test('DB03 a wrong statement fails alone', async (t) => {
      const { store, database } = openStore(t, await databases.create())
      await assert.rejects(
        database.use((connection) => connection.query('SELECT a FROM missing')),
        /missing/,
      )
      assert.equal((await store.list({ page: 1, limit: 1 })).total, 300)
      assert.equal(database.stats().connected, 1)
    })

    test('a task that fails is tried again, and is dead after the last try', async (t) => {
      const { url } = await run(t)
      await post(url, { id: 'poison', service: 'shop', payload: { fail: true } })
      await until(async () => (await statusOf(url, 'poison')) === 'dead', 'it is dead')
      const { attempts, error, result } = await get(url, 'id=poison')
      assert.deepEqual([attempts, error, result], [2, 'the payload asks to fail', null])
      assert.equal((await get(url, 'status=dead'))['total'], 1)
    })

    test('QU11 a task is claimed by one process, by another when its lease is over, and settled only by the last', async (t) => {
      const url = await databases.create()
      const [{ store }, { store: other }] = [openStore(t, url), openStore(t, url)]
      const tasks = Array.from({ length: 40 }, (_, index) => ({ id: `t${index}`, service: 's', payload: '{}' }))
      await store.add(tasks)
      const claims = await Promise.all([store, other, store, other].map((each) => each.claim(10, 60_000)))
      assert.equal(new Set(claims.flat().map(({ seq }) => seq)).size, 40)
      assert.deepEqual(await store.claim(10, 60_000), [])
      await store.add([{ id: 'late', service: 's', payload: '{}' }])
      const [first] = await store.claim(1, 1)
      assert.ok(first)
      await until(async () => (await other.glance()).isWorkDue, 'the lease is over')
      const [second] = await other.claim(1, 60_000)
      assert.deepEqual([second?.seq, second?.attempts], [first.seq, 2])
      await store.settle(first, { status: 'done', result: 'too late' })
      assert.equal((await store.find('late'))?.status, 'running')
      await other.settle(second ?? first, { status: 'done', result: 'right' })
      assert.deepEqual((await store.find('late'))?.result, 'right')
    })

    test('finished tasks beyond a bound are deleted, the oldest first, and those that wait are not', async (t) => {
      const { store } = openStore(t, await databases.create())
      await store.add([{ id: 'waits', service: 's', payload: '{}' }])
      await store.prune(10)
      const { tasks, total } = await store.list({ page: 1, limit: 20 })
      assert.deepEqual([total, tasks[0]?.id, tasks.at(-1)?.id], [11, 'waits', 'seed-290'])
    })

    test('two processes that come first at the same time make one store', async (t) => {
      const url = await databases.create()
      const stores = Array.from({ length: 4 }, () => openStore(t, url).store)
      const totals = await Promise.all(stores.map((store) => store.list({ page: 1, limit: 1 })))
      assert.deepEqual(
        totals.map(({ total }) => total),
        [300, 300, 300, 300],
      )
    })

    test('what is wrong with a request is named', async (t) => {
      const { url } = await run(t)
      const refused = await post(url, [{ service: 'a', payload: {} }, { payload: {} }])
      assert.deepEqual([refused.status, jsonOf(refused)['reason']], [400, 'bad_request'])
      assert.match(String(jsonOf(refused)['detail']), /^tasks\[1\]: service must be/)
      const query = await send(`${url}${PATH}?limit=101`)
      assert.deepEqual(
        [query.status, jsonOf(query)['detail']],
        [400, 'limit must be a whole number from 1 to 100, got "101"'],
      )
    })

    test('a store that cannot be reached is 503, and is reported once', async (t) => {
      const errors: unknown[] = []
      const nowhere = kind === 'sqlite' ? 'sqlite:/proc/tasks.db' : 'postgres://u:s3cret@127.0.0.1:9/none'
      const { url } = await run(t, { url: nowhere }, (error) => errors.push(error))
      for (let request = 0; request < 2; request++) {
        const answer = await send(`${url}${PATH}`)
        assert.deepEqual(
          [answer.status, jsonOf(answer)['reason'], answer.headers['retry-after']],
          [503, 'database_unavailable', '1'],
        )
        assert.doesNotMatch(answer.body.toString(), /s3cret|127\.0\.0\.1/)
      }
      assert.equal((await send(`${url}/health`)).status, 200)
      if (kind === 'postgres') {
        await until(() => errors.length > 0, 'it is reported')
        assert.equal(errors.length, 1)
        assert.doesNotMatch(String(errors[0]), /s3cret/)
      }
    })
  })
}

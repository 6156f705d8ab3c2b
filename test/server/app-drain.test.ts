import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'

import { jsonAnswer } from '../../src/server/answer.ts'
import type { Route } from '../../src/server/router.ts'
import { DATABASE_OPTIONS } from '../support/open-database.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { runApp, send, until } from './app-under-test.ts'

const TASKS = '/api/v1/eventstreammonitor/tasks'

test('WK02 a worker that drains takes no more jobs, although requests are still under way', async (t) => {
  const folder = temporaryFolder('drain')
  const file = join(folder, 'tasks.db')
  const held = Promise.withResolvers<void>()
  let isHolding = false
  const hold: Route = {
    method: 'GET',
    path: '/hold',
    handle: async () => {
      isHolding = true
      await held.promise
      return jsonAnswer(200, {})
    },
  }
  const database = { ...DATABASE_OPTIONS, url: `sqlite:${file}` }
  const app = await runApp(t, { database, maxRequestBytes: 100_000, gracefulTimeoutMs: 30_000 }, [hold])
  const body = JSON.stringify(Array.from({ length: 12 }, () => ({ service: 'slow', payload: { wait_ms: 1_000 } })))
  assert.equal((await send(app.url + TASKS, { method: 'POST', body })).status, 202)
  const rows = new DatabaseSync(file, { readOnly: true })
  t.after(() => rows.close())
  const count = (status: string): number => {
    const found = rows.prepare(`SELECT count(*) AS n FROM tune_tasks WHERE service = 'slow' AND status = ?`).get(status)
    return Number(found?.['n'])
  }
  await until(() => count('running') > 0, 'jobs are under way')
  const underWay = send(`${app.url}/hold`)
  await until(() => isHolding, 'a request is under way')
  const drained = app.drain(0)
  await until(() => count('running') === 0, 'the jobs that were under way have ended')
  held.resolve()
  assert.equal((await underWay).status, 200)
  await drained
  assert.ok(count('done') > 0 && count('queued') > 0, `${count('done')} done, ${count('queued')} queued`)
})

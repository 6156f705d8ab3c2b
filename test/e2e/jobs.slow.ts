import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { runServer } from '../support/running-server.ts'
import type { RunningServer } from '../support/running-server.ts'
import { TASK_DATABASES } from '../support/task-databases.ts'
import type { TaskDatabases } from '../support/task-databases.ts'

const PATH = '/api/v1/eventstreammonitor/tasks'
const DEADLINE_MS = 30_000
const [CLIENTS, BATCHES, BATCH_SIZE] = [4, 20, 5]
const MOST_TASKS = CLIENTS * BATCHES * BATCH_SIZE

function start(t: TestContext, url: string): Promise<RunningServer> {
  const flags = { WEB_CONCURRENCY: '2', DATABASE_URL: url, JOB_LEASE: '1', JOB_MAX_ATTEMPTS: '4' }
  return runServer(t, flags, { effectiveCpus: 2 })
}

/** Adds tasks in small batches, at most MOST_TASKS, until the server is gone or all are there. */
function addTasks({ url }: RunningServer) {
  const accepted: string[] = []
  const refusals: number[] = []
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let batch = 0; batch < BATCHES; batch++) {
      const tasks = Array.from({ length: BATCH_SIZE }, (__, index) => ({
        id: `${client}-${batch}-${index}`,
        service: 'shop',
        payload: { wait_ms: 20, text: 'two words' },
      }))
      const answer = await fetch(url + PATH, { method: 'POST', body: JSON.stringify(tasks), signal: inTime() })
      if (answer.status === 202) accepted.push(...((await answer.json()) as { ids: readonly string[] }).ids)
      else refusals.push(answer.status)
    }
  })
  // A client whose connection is lost ends with an error, which is meant to happen.
  const ended = Promise.allSettled(clients).then(() => assert.deepEqual(refusals, []))
  /** The ids that were answered with 202; grows. */
  return { accepted, ended }
}

/** Far longer than any answer takes: a request that is lost with its worker must not hold the test up. */
function inTime(): AbortSignal {
  return AbortSignal.timeout(5_000)
}

async function untilAccepted(accepted: readonly string[]): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS
  while (accepted.length < 50) {
    assert.ok(performance.now() < endMs, `only ${accepted.length} accepted`)
    await sleep(5)
  }
}

async function countOf({ url }: RunningServer, query: string): Promise<number> {
  const answer = await fetch(`${url}${PATH}?limit=1&${query}`, { signal: inTime() })
  return answer.status === 200 ? ((await answer.json()) as { total: number }).total : Number.NaN
}

async function untilCount(target: RunningServer, query: string, wanted: number): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS
  for (;;) {
    const count = await countOf(target, query)
    if (count === wanted) return
    assert.ok(performance.now() < endMs, `${query}: ${count} instead of ${wanted}`)
    await sleep(50)
  }
}

async function assertDone({ url }: RunningServer, ids: readonly string[]): Promise<number> {
  let repeated = 0
  for (const id of ids) {
    const answer = await fetch(`${url}${PATH}?id=${id}`, { signal: inTime() })
    const { status, result, attempts } = (await answer.json()) as Record<string, unknown>
    assert.deepEqual([status, result], ['done', { words: 2 }], id)
    if (Number(attempts) > 1) repeated++
  }
  return repeated
}

for (const { kind, skip, make } of TASK_DATABASES) {
  suite(`accepted tasks in ${kind}`, { skip, timeout: 120_000 }, () => {
    let databases: TaskDatabases
    before(async () => {
      databases = await make()
    })
    after(() => databases.remove())

    for (const victim of ['a worker', 'the whole server'] as const) {
      test(`QU11 are done although ${victim} is killed`, async (t) => {
        const url = await databases.create()
        const killed = await start(t, url)
        const { accepted, ended } = addTasks(killed)
        await untilAccepted(accepted)
        const pids = victim === 'a worker' ? killed.workerPids().slice(0, 1) : killed.pids()
        for (const pid of pids) process.kill(pid, 'SIGKILL')
        await ended
        let server = killed
        if (victim === 'the whole server') {
          await killed.stop()
          assert.ok(accepted.length < MOST_TASKS, 'it was killed in the middle')
          server = await start(t, url)
        }
        for (const status of ['queued', 'running']) await untilCount(server, `service=shop&status=${status}`, 0)
        const repeated = await assertDone(server, accepted)
        t.diagnostic(`${accepted.length} accepted and done, ${repeated} of them at a second try`)
      })
    }

    test('QU11 that never come to an end are dead after their tries, and those behind them are done', async (t) => {
      const server = await start(t, await databases.create())
      const body = JSON.stringify([
        { id: 'endless', service: 'slow', payload: { wait_ms: 10_000 } },
        { id: 'poison', service: 'slow', payload: { fail: true } },
        { id: 'behind', service: 'slow', payload: { text: 'two words' } },
      ])
      assert.equal((await fetch(server.url + PATH, { method: 'POST', body })).status, 202)
      await untilCount(server, 'service=slow&status=dead', 2)
      await assertDone(server, ['behind'])
      const endless = (await (await fetch(`${server.url}${PATH}?id=endless`)).json()) as Record<string, unknown>
      assert.match(String(endless['error']), /^4 tries have not come to an end/)
    })
  })
}

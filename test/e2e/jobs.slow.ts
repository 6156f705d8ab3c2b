import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { resolveSettings } from '../../src/core/settings.ts'
import { startBundledTarget } from '../../src/server/bundled-target.ts'
import type { BundledTarget } from '../../src/server/bundled-target.ts'
import { TASK_DATABASES } from '../support/task-databases.ts'
import type { TaskDatabases } from '../support/task-databases.ts'

const PATH = '/api/v1/eventstreammonitor/tasks'
const DEADLINE_MS = 30_000

function start(url: string): Promise<BundledTarget> {
  const flags = { WEB_CONCURRENCY: '2', DATABASE_URL: url, JOB_LEASE: '1', JOB_MAX_ATTEMPTS: '4' }
  return startBundledTarget({
    settings: resolveSettings({ flags, environment: {}, preset: 'bench' }),
    targetCpus: [],
    simulatorCpus: [],
    effectiveCpus: 2,
    port: 0,
    seed: 1,
  })
}

/** Adds tasks in small batches, at most 400, until the server is gone or all are there. */
function addTasks({ url }: BundledTarget, service: string) {
  const accepted: string[] = []
  const refusals: number[] = []
  const clients = Array.from({ length: 4 }, async (_, client) => {
    for (let batch = 0; batch < 20; batch++) {
      const tasks = Array.from({ length: 5 }, (__, index) => ({
        id: `${service}-${client}-${batch}-${index}`,
        service,
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

async function countOf({ url }: BundledTarget, query: string): Promise<number> {
  const answer = await fetch(`${url}${PATH}?limit=1&${query}`, { signal: inTime() })
  return answer.status === 200 ? ((await answer.json()) as { total: number }).total : Number.NaN
}

async function untilCount(target: BundledTarget, query: string, wanted: number): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS
  for (;;) {
    const count = await countOf(target, query)
    if (count === wanted) return
    assert.ok(performance.now() < endMs, `${query}: ${count} instead of ${wanted}`)
    await sleep(50)
  }
}

async function assertDone({ url }: BundledTarget, ids: readonly string[]): Promise<number> {
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

    test('QU11 are done although a worker is killed', async () => {
      const target = await start(await databases.create())
      try {
        const { accepted, ended } = addTasks(target, 'worker')
        await untilAccepted(accepted)
        process.kill(target.pids()[1] ?? assert.fail('no worker'), 'SIGKILL')
        await ended
        await untilCount(target, 'service=worker&status=queued', 0)
        await untilCount(target, 'service=worker&status=running', 0)
        const repeated = await assertDone(target, accepted)
        console.log(`${accepted.length} accepted and done, ${repeated} of them at a second try`)
      } finally {
        await target.stop()
      }
    })

    test('QU11 are done after a restart when the whole server is killed', async () => {
      const url = await databases.create()
      const killed = await start(url)
      const { accepted, ended } = addTasks(killed, 'server')
      await untilAccepted(accepted)
      for (const pid of killed.pids()) process.kill(pid, 'SIGKILL')
      await ended
      await killed.stop()
      assert.ok(accepted.length < 400, 'it was killed in the middle')
      const target = await start(url)
      try {
        await untilCount(target, 'service=server&status=queued', 0)
        await untilCount(target, 'service=server&status=running', 0)
        const repeated = await assertDone(target, accepted)
        console.log(`${accepted.length} accepted and done, ${repeated} of them at a second try`)
      } finally {
        await target.stop()
      }
    })

    test('QU11 that never come to an end are dead after their tries, and those behind them are done', async () => {
      const target = await start(await databases.create())
      try {
        const body = JSON.stringify([
          { id: 'endless', service: 'slow', payload: { wait_ms: 10_000 } },
          { id: 'poison', service: 'slow', payload: { fail: true } },
          { id: 'behind', service: 'slow', payload: { text: 'two words' } },
        ])
        assert.equal((await fetch(target.url + PATH, { method: 'POST', body })).status, 202)
        await untilCount(target, 'service=slow&status=dead', 2)
        await assertDone(target, ['behind'])
        const endless = (await (await fetch(`${target.url}${PATH}?id=endless`)).json()) as Record<string, unknown>
        assert.match(String(endless['error']), /^4 tries have not come to an end/)
      } finally {
        await target.stop()
      }
    })
  })
}

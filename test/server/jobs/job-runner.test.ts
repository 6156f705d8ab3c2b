import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { ClaimedTask, TaskEnding } from '../../../src/server/database/task-store.ts'
import { JobRunner } from '../../../src/server/jobs/job-runner.ts'
import type { JobRunnerOptions } from '../../../src/server/jobs/job-runner.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const OPTIONS: JobRunnerOptions = {
  concurrency: 2,
  pollMs: 1_000,
  leaseMs: 30_000,
  maxAttempts: 3,
  backoff: { baseMs: 100, capMs: 10_000 },
  keptTasks: 5,
}

/** A runner over a store that is a list. */
function setUp(jobs: readonly { readonly payload: unknown; readonly attempts?: number }[], drawn = 0.5) {
  const clock = new FakeClock()
  const queued: ClaimedTask[] = jobs.map(({ payload, attempts = 1 }, seq) => ({ seq, payload, attempts }))
  const endings: TaskEnding[] = []
  const errors: unknown[] = []
  const store = { isDown: false, glances: 0, claims: [] as number[], prunes: [] as number[] }
  const failWhenDown = (): void => {
    if (store.isDown) throw new Error('down')
  }
  const runner = new JobRunner(
    {
      glance: async () => {
        store.glances++
        failWhenDown()
        return { version: 1, isWorkDue: queued.length > 0 }
      },
      claim: async (limit) => {
        store.claims.push(limit)
        return queued.splice(0, limit)
      },
      settle: async (_job, ending) => {
        failWhenDown()
        endings.push(ending)
        return 2
      },
      prune: async (kept) => void store.prunes.push(kept),
    },
    OPTIONS,
    { clock, random: () => drawn, onVersion: () => undefined, onError: (error) => errors.push(error) },
  )
  return { clock, endings, errors, runner, store, queued }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn()
}

test('no more jobs run at the same time than may, and the next begins when one ends', async () => {
  const { clock, endings, runner, store } = setUp([5, 10, 5].map((wait_ms) => ({ payload: { wait_ms, text: 'a b' } })))
  runner.start()
  await turns()
  assert.deepEqual(store.claims, [2])
  clock.advance(5)
  await turns()
  assert.deepEqual([endings.length, store.claims], [1, [2, 1]])
  clock.advance(5)
  await turns()
  assert.deepEqual(
    endings,
    [1, 2, 3].map(() => ({ status: 'done', result: { words: 2 } })),
  )
  await runner.stop()
})

test('a failed job is queued again after a random wait that doubles, and dead after its last try', async () => {
  const payload = { fail: true }
  const { endings, runner } = setUp([1, 2, 3].map((attempts) => ({ payload, attempts })))
  runner.start()
  await turns()
  const error = 'the payload asks to fail'
  assert.deepEqual(endings, [
    { status: 'queued', error, delayMs: 50 },
    { status: 'queued', error, delayMs: 100 },
    { status: 'dead', error },
  ])
  await runner.stop()
})

test('QU11 a job that has ended with its worker at every try is not run again', async () => {
  const { endings, runner } = setUp([{ payload: {}, attempts: 4 }])
  runner.start()
  await turns()
  assert.deepEqual(endings, [
    { status: 'dead', error: '3 tries have not come to an end: too slow, or fatal for a worker' },
  ])
  await runner.stop()
})

test('jobs of others are noticed at the next poll, and own ones at once', async () => {
  const { clock, endings, queued, runner } = setUp([])
  runner.start()
  await turns()
  queued.push({ seq: 1, payload: {}, attempts: 1 })
  clock.advance(999)
  await turns()
  assert.equal(endings.length, 0)
  clock.advance(1)
  await turns()
  assert.equal(endings.length, 1)
  queued.push({ seq: 2, payload: {}, attempts: 1 })
  runner.wake()
  await turns()
  assert.equal(endings.length, 2)
  await runner.stop()
})

test('a store that is down is reported once, and work goes on when it is back', async () => {
  const { clock, endings, errors, queued, runner, store } = setUp([])
  store.isDown = true
  runner.start()
  for (let poll = 0; poll < 3; poll++) {
    await turns()
    clock.advance(1_000)
  }
  assert.deepEqual([errors.map(String), store.glances], [['Error: down'], 3])
  store.isDown = false
  queued.push({ seq: 1, payload: {}, attempts: 1 })
  await turns()
  clock.advance(1_000)
  await turns()
  assert.equal(endings.length, 1)
  await runner.stop()
})

test('a runner that is stopped takes no more jobs and waits for those under way', async () => {
  const { clock, endings, queued, runner } = setUp([{ payload: { wait_ms: 50 } }])
  runner.start()
  await turns()
  queued.push({ seq: 9, payload: {}, attempts: 1 })
  let isStopped = false
  const stopped = runner.stop().then(() => (isStopped = true))
  await turns()
  assert.equal(isStopped, false)
  clock.advance(50)
  await stopped
  assert.deepEqual([endings.length, queued.length, clock.pendingTasks], [1, 1, 0])
})

test('old tasks are deleted by lot, so that also runners that never do many jobs get to it', async () => {
  for (const [drawn, prunes] of [
    [0.5, []],
    [0.0001, [OPTIONS.keptTasks]],
  ] as const) {
    const { runner, store, clock } = setUp([{ payload: { text: 'a' } }], drawn)
    runner.start()
    await turns()
    clock.advance(1)
    await turns()
    assert.deepEqual(store.prunes, prunes)
    await runner.stop()
  }
})

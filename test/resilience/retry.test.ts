import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { seededRandom } from '../../src/core/random.ts'
import { checkRetryPolicy, retry } from '../../src/resilience/retry.ts'
import type { AttemptOutcome, RetryPolicy } from '../../src/resilience/retry.ts'
import { RetryBudget } from '../../src/resilience/retry-budget.ts'
import { FakeClock } from '../support/fake-clock.ts'

const POLICY: RetryPolicy = { maxAttempts: 3, minAttemptMs: 50, baseMs: 100, capMs: 5_000 }
const failed: AttemptOutcome<string> = { kind: 'retryable', value: '503' }
const ok: AttemptOutcome<string> = { kind: 'final', value: '200' }

/** Runs a retry loop whose attempts take `attemptMs` and end as listed, the last one for ever after. */
function setUp(
  outcomes: readonly AttemptOutcome<string>[],
  { attemptMs = 0, timeoutMs = 60_000, minRetries = 10 } = {},
) {
  const clock = new FakeClock()
  const abort = new AbortController()
  const budget = new RetryBudget({ retryFraction: 0, minRetries })
  const startedAtMs: number[] = []
  const timesLeftMs: number[] = []
  const run = (random = () => 0.5, policy = POLICY) =>
    retry(
      ({ number, timeLeftMs }) => {
        startedAtMs.push(clock.now() - 1_000)
        timesLeftMs.push(timeLeftMs)
        clock.advance(attemptMs)
        return Promise.resolve(outcomes[number - 1] ?? outcomes.at(-1) ?? failed)
      },
      policy,
      { clock, random, budget, deadlineMs: clock.now() + timeoutMs, signal: abort.signal },
    )
  /** Lets the loop go on to its next wait, then lets that much time pass. */
  const pass = async (ms: number): Promise<void> => {
    await turn()
    clock.advance(ms)
    await turn()
  }
  return { clock, abort, budget, run, pass, startedAtMs, timesLeftMs }
}

test('an outcome that is final is returned without a retry', async () => {
  const { run, clock } = setUp([ok])
  assert.deepEqual(await run(), { value: '200', attempts: 1, stopped: 'final' })
  assert.equal(clock.pendingTasks, 0)
})

test('UP07 the waits are jittered by the injected randomness, double from retry to retry, and leave no listener', async () => {
  const { run, pass, abort, startedAtMs } = setUp([failed, failed, ok])
  const result = run()
  await pass(49)
  assert.deepEqual(startedAtMs, [0])
  await pass(1)
  await pass(100)
  assert.deepEqual(startedAtMs, [0, 50, 150])
  assert.equal(getEventListeners(abort.signal, 'abort').length, 0)
  assert.deepEqual(await result, { value: '200', attempts: 3, stopped: 'final' })
})

test('attempts end at the ceiling, with the value of the last one', async () => {
  const { run, pass } = setUp([failed, failed, { kind: 'retryable', value: '502' }])
  const result = run()
  await pass(50)
  await pass(100)
  assert.deepEqual(await result, { value: '502', attempts: 3, stopped: 'attempts' })
})

test('UP08 no wait is shorter than Retry-After, and the jitter comes on top of it', async () => {
  const { run, pass, startedAtMs } = setUp([{ ...failed, retryAfterMs: 2_000 }, { ...failed, retryAfterMs: 10 }, ok])
  const result = run()
  await pass(2_050)
  await pass(110)
  await result
  assert.deepEqual(startedAtMs, [0, 2_050, 2_160])
})

test('UP08 the jitter on top of Retry-After is left out where there is no time for it', async () => {
  const { run, pass, startedAtMs } = setUp([{ ...failed, retryAfterMs: 2_000 }, ok], { timeoutMs: 2_060 })
  const result = run()
  await pass(2_010)
  assert.equal((await result).stopped, 'final')
  assert.deepEqual(startedAtMs, [0, 2_010])
})

test('UP08 a Retry-After beyond the deadline ends the loop at once, without a wait', async () => {
  const { run, clock, budget } = setUp([{ ...failed, retryAfterMs: 3_600_000 }])
  assert.deepEqual(await run(), { value: '503', attempts: 1, stopped: 'deadline' })
  assert.equal(clock.pendingTasks, 0)
  assert.equal(budget.exhausted, 0)
})

test('UP09 the deadline includes retries, and no attempt is started with less than the least time left', async () => {
  const { run, pass, startedAtMs, timesLeftMs } = setUp([failed], { attemptMs: 200, timeoutMs: 500 })
  const result = run()
  await pass(50)
  // 200 + 50 + 200 = 450 ms are gone; after another wait of 100 ms there is no time left.
  assert.deepEqual(await result, { value: '503', attempts: 2, stopped: 'deadline' })
  assert.deepEqual(startedAtMs, [0, 250])
  assert.deepEqual(timesLeftMs, [500, 250])
})

test('UP09 an attempt with exactly the least time left is started', async () => {
  const { run, pass } = setUp([failed, ok], { timeoutMs: 100 })
  const result = run()
  await pass(50)
  assert.deepEqual(await result, { value: '200', attempts: 2, stopped: 'final' })
})

test('UP09 a wait that ended late does not start an attempt without time', async () => {
  const { run, clock } = setUp([failed], { timeoutMs: 100 })
  const result = run()
  await turn()
  // The process slept: the task that is due at 50 ms runs when 60 ms are gone.
  clock.advance(49)
  const lateClock = clock.now
  Object.defineProperty(clock, 'now', { value: () => lateClock() + 10 })
  clock.advance(1)
  assert.deepEqual(await result, { value: '503', attempts: 1, stopped: 'deadline' })
})

test('UP10 a retry that the budget refuses returns the original outcome', async () => {
  const { run, budget } = setUp([failed], { minRetries: 0 })
  assert.deepEqual(await run(), { value: '503', attempts: 1, stopped: 'budget' })
  assert.equal(budget.exhausted, 1)
})

test('an abort ends the wait at once and leaves no task behind', async () => {
  const { run, clock, abort, startedAtMs } = setUp([failed])
  const result = run()
  await turn()
  assert.equal(clock.pendingTasks, 1)
  abort.abort()
  assert.deepEqual(await result, { value: '503', attempts: 1, stopped: 'aborted' })
  assert.equal(clock.pendingTasks, 0)
  assert.equal(startedAtMs.length, 1)
})

test('what an attempt throws ends the loop', async () => {
  const clock = new FakeClock()
  const context = {
    clock,
    random: seededRandom(1),
    budget: new RetryBudget({ retryFraction: 1, minRetries: 3 }),
    deadlineMs: 10_000,
    signal: new AbortController().signal,
  }
  await assert.rejects(
    retry(() => Promise.reject(new Error('a bug')), POLICY, context),
    /a bug/,
  )
})

test('a policy names every value out of range', () => {
  assert.throws(() => checkRetryPolicy({ maxAttempts: 6, minAttemptMs: -1, baseMs: Number.NaN, capMs: -1 }), {
    name: 'RangeError',
    message: /maxAttempts.*minAttemptMs.*baseMs.*capMs/,
  })
})

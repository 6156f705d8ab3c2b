import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Clock } from '../../src/core/clock.ts'
import { resolveSettings } from '../../src/core/settings.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { jsonAnswer } from '../../src/server/answer.ts'
import { CpuThreads, cpuThreadWarning } from '../../src/server/cpu-threads.ts'
import type { CpuThreadLimits } from '../../src/server/cpu-threads.ts'
import { serverOptions } from '../../src/server/options.ts'
import type { Route } from '../../src/server/router.ts'
import { answerFromThread } from '../../src/server/routes/thread-answer.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { GATE } from '../support/odd-thread.ts'
import type { OddTask } from '../support/odd-thread.ts'
import { jsonOf, runApp, send, until } from './app-under-test.ts'

type OddThreads = CpuThreads<OddTask, number>
type Gate = Int32Array<SharedArrayBuffer>

const LIMITS: CpuThreadLimits = { threads: 1, queueSize: 10, waitTimeoutMs: 60_000, taskTimeoutMs: 30_000 }
const TELL: OddTask = { kind: 'tell' }
const SEARCH = { method: 'POST', body: '{"query":"vaccine doctr"}' }

interface ThreadsUnderTest {
  readonly limits?: Partial<CpuThreadLimits>
  readonly clock?: Clock
}

/** Threads that do odd things; they end with the test. */
function startThreads(t: TestContext, { limits = {}, clock = systemClock }: ThreadsUnderTest = {}): OddThreads {
  const work = { module: new URL('../support/odd-thread.ts', import.meta.url), name: 'act' }
  const threads: OddThreads = new CpuThreads(work, { ...LIMITS, ...limits }, new DeadlineSweep(clock), (error) => {
    throw error
  })
  t.after(() => threads.close())
  return threads
}

function newGate(): Gate {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
}

function reached(gate: Gate): Promise<void> {
  return until(() => Atomics.load(gate, 0) === GATE.reached, 'the task runs')
}

function open(gate: Gate): void {
  Atomics.store(gate, 0, GATE.open)
  Atomics.notify(gate, 0)
}

async function resultOf(threads: OddThreads, task: OddTask): Promise<number> {
  const ended = await threads.run(task).outcome
  return ended.kind === 'done' ? ended.result : assert.fail(`it ended ${ended.kind}`)
}

test('DB06 the event loop goes on while a thread is busy', async (t) => {
  const threads = startThreads(t)
  const gate = newGate()
  const busy = threads.run({ kind: 'hold', gate })
  await reached(gate)
  for (let turn = 0; turn < 100; turn++) await nextTurn()
  assert.equal(threads.figures().running, 1)
  open(gate)
  assert.equal((await busy.outcome).kind, 'done')
  assert.deepEqual(threads.figures(), { threads: 1, running: 0, waiting: 0, refused: 0, timedOut: 0 })
})

test('DB06 as many tasks run as there are threads, as many wait as there is room, and the next is refused at once', async (t) => {
  const threads = startThreads(t, { limits: { threads: 2, queueSize: 1 } })
  const gates = [newGate(), newGate()]
  const running = gates.map((gate) => threads.run({ kind: 'hold', gate }))
  const waiting = threads.run(TELL)
  assert.deepEqual(await threads.run(TELL).outcome, { kind: 'refused', reason: 'queue_full' })
  await Promise.all(gates.map(reached))
  assert.deepEqual(threads.figures(), { threads: 2, running: 2, waiting: 1, refused: 1, timedOut: 0 })
  gates.forEach(open)
  const kinds = (await Promise.all([...running, waiting].map(({ outcome }) => outcome))).map(({ kind }) => kind)
  assert.deepEqual(kinds, ['done', 'done', 'done'])
})

test('DB06 a task that takes too long is ended with its thread, and the next one gets another thread', async (t) => {
  const clock = new FakeClock()
  const threads = startThreads(t, { clock })
  const first = await resultOf(threads, TELL)
  const gate = newGate()
  const endless = threads.run({ kind: 'spin', gate })
  await reached(gate)
  const next = resultOf(threads, TELL)
  clock.advance(LIMITS.taskTimeoutMs - 1)
  assert.equal(threads.figures().running, 1)
  clock.advance(51) // a sweep later at the latest
  assert.equal((await endless.outcome).kind, 'timed-out')
  assert.notEqual(await next, first)
  assert.equal(threads.figures().timedOut, 1)
})

test('DB06 a thread that crashes takes its own task along and no other', async (t) => {
  const threads = startThreads(t, { limits: { threads: 2 } })
  const gate = newGate()
  const other = threads.run({ kind: 'hold', gate })
  await reached(gate)
  const later = Array.from({ length: 3 }, () => threads.run(TELL).outcome)
  await assert.rejects(threads.run({ kind: 'exit' }).outcome, /exited with code: 3/)
  assert.deepEqual(
    (await Promise.all([...later, threads.run(TELL).outcome])).map(({ kind }) => kind),
    ['done', 'done', 'done', 'done'],
  )
  open(gate)
  assert.equal((await other.outcome).kind, 'done')
  assert.equal(threads.figures().running, 0)
})

test('DB06 a task that throws fails alone, and its thread is kept', async (t) => {
  const threads = startThreads(t)
  const first = await resultOf(threads, TELL)
  await assert.rejects(threads.run({ kind: 'throw' }).outcome, { name: 'RangeError', message: 'thrown in a thread' })
  assert.equal(await resultOf(threads, TELL), first)
})

test('DB06 a cancelled task that waits gives its place up; one that runs keeps its thread until it ends', async (t) => {
  const threads = startThreads(t, { limits: { queueSize: 1 } })
  const first = await resultOf(threads, TELL)
  const gate = newGate()
  const running = threads.run({ kind: 'hold', gate })
  const waiting = threads.run(TELL)
  await reached(gate)
  for (const { cancel, outcome } of [waiting, running]) {
    cancel()
    assert.equal((await outcome).kind, 'cancelled')
  }
  assert.deepEqual(threads.figures(), { threads: 1, running: 1, waiting: 0, refused: 0, timedOut: 0 })
  const next = resultOf(threads, TELL)
  open(gate)
  assert.equal(await next, first)
})

test('DB06 closing ends threads that would never end, and cancels what waits and what comes', async (t) => {
  const threads = startThreads(t)
  const gate = newGate()
  const tasks = [threads.run({ kind: 'spin', gate }), threads.run(TELL)]
  await reached(gate)
  await threads.close()
  tasks.push(threads.run(TELL))
  const kinds = (await Promise.all(tasks.map(({ outcome }) => outcome))).map(({ kind }) => kind)
  assert.deepEqual(kinds, ['cancelled', 'cancelled', 'cancelled'])
  const turns = Atomics.load(gate, 1)
  for (let turn = 0; turn < 100; turn++) await nextTurn()
  assert.equal(Atomics.load(gate, 1), turns)
})

/** A route whose work a test controls, beside the bundled ones. */
function oddRoute(threads: OddThreads, tasks: OddTask[]): Route {
  return {
    method: 'GET',
    path: '/odd',
    handle: (context) => answerFromThread(threads, tasks.shift() ?? TELL, context, (id) => jsonAnswer(200, { id })),
  }
}

test('DB06 when no more may wait for a thread the answer is 503 with a wait, and health checks pass', async (t) => {
  const threads = startThreads(t, { limits: { queueSize: 0 } })
  const gate = newGate()
  const { url } = await runApp(t, {}, [oddRoute(threads, [{ kind: 'hold', gate }])])
  const running = send(`${url}/odd`)
  await reached(gate)
  const full = await send(`${url}/odd`)
  assert.deepEqual([full.status, jsonOf(full)['reason'], full.headers['retry-after']], [503, 'cpu_queue_full', '1'])
  assert.equal((await send(`${url}/health`)).status, 200)
  open(gate)
  assert.equal((await running).status, 200)
})

test('DB06 a request whose task takes too long is answered with 504, and one whose thread crashes with 500', async (t) => {
  const clock = new FakeClock()
  const threads = startThreads(t, { clock })
  const gate = newGate()
  const errors: unknown[] = []
  const route = oddRoute(threads, [{ kind: 'spin', gate }, { kind: 'exit' }])
  const { url } = await runApp(t, {}, [route], (error) => errors.push(error))
  const overdue = send(`${url}/odd`)
  await reached(gate)
  clock.advance(LIMITS.taskTimeoutMs + 50)
  assert.deepEqual([(await overdue).status, jsonOf(await overdue)['reason']], [504, 'cpu_timeout'])
  const crashed = await send(`${url}/odd`)
  assert.deepEqual([crashed.status, jsonOf(crashed)['reason'], errors.length], [500, 'internal_error', 1])
  assert.equal((await send(`${url}/odd`)).status, 200)
})

test('DB06 a client that leaves while it waits for a thread gives its turn up', async (t) => {
  const threads = startThreads(t)
  const gate = newGate()
  const { url, stats } = await runApp(t, {}, [oddRoute(threads, [{ kind: 'hold', gate }])])
  const running = send(`${url}/odd`)
  await reached(gate)
  const leaving = new AbortController()
  const gone = assert.rejects(send(`${url}/odd`, { signal: leaving.signal }), { name: 'AbortError' })
  await until(() => threads.figures().waiting === 1, 'the second waits')
  leaving.abort()
  await until(() => threads.figures().waiting === 0, 'the second has left')
  await gone
  open(gate)
  assert.equal((await running).status, 200)
  await until(() => stats().requests === 2, 'both have ended')
})

test('DB06 /search answers the same from a thread as from the event loop, and says how its threads do', async (t) => {
  const onLoop = await runApp(t)
  const inThreads = await runApp(t, { cpuThreads: { threads: 1, queueSize: 10, taskTimeoutMs: 30_000 } })
  const [expected, found] = [await send(`${onLoop.url}/search`, SEARCH), await send(`${inThreads.url}/search`, SEARCH)]
  assert.equal(expected.status, 200)
  assert.deepEqual([found.status, jsonOf(found)], [200, jsonOf(expected)])
  assert.equal((await send(`${inThreads.url}/search`, { method: 'POST', body: '{}' })).status, 400)
  assert.equal(onLoop.stats().cpuThreads, null)
  assert.deepEqual(inThreads.stats().cpuThreads, { threads: 1, running: 0, waiting: 0, refused: 0, timedOut: 0 })
})

test('DB06 a draining server lets a search end, and then ends its threads', async (t) => {
  const { url, stats, drain } = await runApp(t, { cpuThreads: { threads: 1, queueSize: 10, taskTimeoutMs: 30_000 } })
  await send(`${url}/search`, SEARCH)
  const threads = threadsOfThisProcess()
  const search = send(`${url}/search`, SEARCH)
  await until(() => stats().cpuThreads?.running === 1 || stats().requests === 2, 'it runs')
  await Promise.all([drain(0), search])
  assert.equal((await search).status, 200)
  if (threads !== undefined) await until(() => Number(threadsOfThisProcess()) < threads, 'a thread has ended')
})

/** Undefined where the system does not say. */
function threadsOfThisProcess(): number | undefined {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : undefined
}

test('there are threads only when somebody wants them, under either name', () => {
  const cpuThreadsOf = (flags: Readonly<Record<string, string>>) =>
    serverOptions(resolveSettings({ flags, environment: {} }), 2).cpuThreads
  assert.equal(cpuThreadsOf({}), null)
  const two = { threads: 2, queueSize: 256, taskTimeoutMs: 10_000 }
  assert.deepEqual(cpuThreadsOf({ CPU_THREADS: '2' }), two)
  assert.deepEqual(cpuThreadsOf({ GUNICORN_THREADS: '2' }), two)
})

test('more threads than CPUs are worth a warning that says what would fit', () => {
  assert.equal(cpuThreadWarning(2, 2, 4), undefined)
  assert.equal(cpuThreadWarning(8, 0, 2), undefined)
  assert.match(cpuThreadWarning(2, 4, 4) ?? '', /2 × 4 CPU threads .* share 4 CPUs .* try CPU_THREADS=2/)
  assert.match(cpuThreadWarning(4, 1, 2.5) ?? '', /try fewer workers, or CPU_THREADS=0/)
})

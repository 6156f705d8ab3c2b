import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { GeneratorBeat, GeneratorPlan, GeneratorResult } from '../../src/core/generator-messages.ts'
import { createLoadDriver, type PhaseBeginning } from '../../src/load/driver.ts'
import { type Behaviour, behaviours, startMisbehavingServer } from '../support/misbehaving-server.ts'
import { GET, openWorkload, planFor } from '../support/plans.ts'

async function originOf(context: TestContext, behave: Behaviour): Promise<string> {
  const server = await startMisbehavingServer(behave)
  context.after(() => server.close())
  return server.origin
}

function run(
  origin: string,
  changes: Partial<GeneratorPlan>,
  beginning?: PhaseBeginning,
  onBeat: (beat: GeneratorBeat) => void = () => undefined,
): Promise<GeneratorResult> {
  return createLoadDriver().run(planFor(origin, changes), { onSnapshot: () => undefined, onBeat }, beginning)
}

test('a closed phase ends when its requests were sent and settled, all of them within its throughput', async (context) => {
  const origin = await originOf(context, (exchange) => setTimeout(behaviours.answers, 20, exchange))
  const workload = { kind: 'closed', connections: 3, maxRequests: 8 } as const
  const { counts, sendingMs, completedWhileSending } = await run(origin, { workload, durationMs: 60_000 })
  assert.deepEqual([counts.sent, counts.good, completedWhileSending], [8, 8, 8])
  assert.ok(sendingMs >= 57 && sendingMs < 30_000, `${sendingMs}`) // three rounds of 20 ms, each timer early by 1 ms at most
})

test('generators that share an open phase send its arrivals, none twice', async (context) => {
  const origin = await originOf(context, behaviours.answers)
  const workload = openWorkload(100, { clients: 3 })
  const sent: number[] = []
  for (const index of [0, 1, 2]) {
    sent.push((await run(origin, { workload, durationMs: 200, share: { index, of: 3 } })).counts.good)
  }
  assert.deepEqual(sent, [7, 7, 6])
})

test('a phase begins at the moment it is told, and not before', async (context) => {
  for (const workload of [openWorkload(100), { kind: 'closed', connections: 1 } as const]) {
    let firstMs = 0
    const origin = await originOf(context, (exchange) => {
      if (exchange.number === 1) firstMs = performance.now()
      behaviours.answers(exchange)
    })
    const startMs = performance.now() + 80
    const { sendingMs } = await run(origin, { workload, durationMs: 50 }, { startMs })
    assert.ok(firstMs >= startMs)
    assert.ok(sendingMs >= 50)
  }
})

test('a plan that was prepared is run once, and one that cannot be sent is refused before its phase begins', async (context) => {
  const origin = await originOf(context, behaviours.answers)
  const driver = createLoadDriver()
  context.after(() => driver.close())
  const plan = planFor(origin, { workload: openWorkload(100), durationMs: 50 })
  const hooks = { onSnapshot: (): void => undefined }
  await driver.prepare?.(plan, undefined)
  assert.equal((await driver.run(plan, hooks)).counts.good, 5)
  assert.equal((await driver.run(plan, hooks)).counts.good, 5, 'and again without')
  const impossible = { ...plan, requests: [{ ...GET, path: '/{{random(2,1)}}' }] }
  await assert.rejects(async () => driver.prepare?.(impossible, undefined), /random/)
  await driver.prepare?.(plan, undefined)
  const other = planFor(origin, { workload: openWorkload(100), durationMs: 30 })
  assert.equal((await driver.run(other, hooks)).counts.good, 3, 'another plan than was prepared')
})

test('a phase that is stopped before it begins sends next to nothing and gives its result', async (context) => {
  const origin = await originOf(context, behaviours.answers)
  const driver = createLoadDriver()
  const plan = planFor(origin, { workload: openWorkload(10), durationMs: 60_000 })
  const running = driver.run(plan, { onSnapshot: () => undefined }, { startMs: performance.now() + 30 })
  driver.stop(100)
  const { counts, sendingMs } = await running
  assert.ok(counts.sent <= 1)
  assert.ok(sendingMs < 5_000)
})

test('beats count the answers so far, also wrong ones', async (context) => {
  const origin = await originOf(context, ({ socket }) =>
    socket.write('HTTP/1.1 500 Whatever\r\ncontent-length: 0\r\n\r\n'),
  )
  const beats: GeneratorBeat[] = []
  const { counts } = await run(origin, { workload: openWorkload(100), durationMs: 450 }, {}, (beat) => beats.push(beat))
  assert.equal(counts.failed, 45)
  const completed = [0, ...beats.map((beat) => beat.completed), 45]
  assert.ok((beats.at(-1)?.completed ?? 0) > 0)
  assert.deepEqual(
    completed,
    [...completed].sort((a, b) => a - b),
  )
})

test('an open phase sends every arrival that is due within it, also the last one', async (context) => {
  const origin = await originOf(context, behaviours.answers)
  for (let times = 0; times < 5; times++) {
    const { counts } = await run(origin, { workload: openWorkload(2_000), durationMs: 51 })
    assert.equal(counts.scheduled, 102)
  }
})

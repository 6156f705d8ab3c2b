import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { IncompleteError } from '../../src/core/errors.ts'
import type { GeneratorPlan, GeneratorSnapshot } from '../../src/core/generator-messages.ts'
import { type Generator, startGenerator } from '../../src/load/generator-client.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'
import { behaviours, startMisbehavingServer } from '../support/misbehaving-server.ts'
import { openWorkload, planFor } from '../support/plans.ts'

async function setUp(context: TestContext): Promise<{ readonly generator: Generator; readonly plan: GeneratorPlan }> {
  const server = await startMisbehavingServer((exchange) => setTimeout(behaviours.answers, 5, exchange))
  context.after(() => server.close())
  const generator = await startGenerator({ cpus: [] })
  context.after(() => generator.close())
  const plan = planFor(server.origin, { workload: { kind: 'closed', connections: 2 }, durationMs: 100 })
  return { generator, plan }
}

test('a generator process runs one phase after the other, and its snapshots grow towards the result', async (context) => {
  const { generator, plan } = await setUp(context)
  const snapshots: GeneratorSnapshot[] = []
  const onSnapshot = (snapshot: GeneratorSnapshot): void => void snapshots.push(snapshot)
  const closed = await generator.runPhase({ ...plan, durationMs: 1_100 }, { onSnapshot })
  assert.equal(snapshots.length, 3)
  assert.ok(closed.counts.good > 0)
  assert.ok(closed.hiccupP99Ms >= 0)
  const counts = [...snapshots.map((snapshot) => snapshot.counts.good), closed.counts.good]
  assert.deepEqual(
    counts,
    [...counts].sort((a, b) => a - b),
  )
  assert.equal(LatencyHistogram.decode(snapshots[2]?.responseTime ?? new Uint8Array()).count, counts[2])
  assert.ok(closed.cpuMs > 0)

  const workload = openWorkload(100, { initialConnections: 5, maxConnections: 5 })
  const open = await generator.runPhase(planFor(plan.origin, { workload, durationMs: 100 }), {
    onSnapshot: () => undefined,
  })
  assert.equal(open.counts.good, 10)
})

test('a phase that is stopped while it is prepared ends as soon as it has begun', async (context) => {
  const { generator, plan } = await setUp(context)
  const running = generator.runPhase({ ...plan, durationMs: 60_000 }, { onSnapshot: () => undefined })
  generator.stopPhase(100)
  assert.ok((await running).totalMs < 5_000)
})

test('a phase that is stopped gives its result', async (context) => {
  const { generator, plan } = await setUp(context)
  setTimeout(() => generator.stopPhase(100), 200)
  const result = await generator.runPhase({ ...plan, durationMs: 60_000 }, { onSnapshot: () => undefined })
  assert.ok(result.counts.good > 0)
  assert.ok(result.sendingMs < 30_000)
})

test('Ctrl-C, which a terminal sends to the whole group, does not end a generator', async (context) => {
  const { generator, plan } = await setUp(context)
  process.kill(generator.pid, 'SIGINT')
  const result = await generator.runPhase(plan, { onSnapshot: () => undefined })
  assert.ok(result.counts.good > 0)
})

test('a generator that dies fails its phase, and every later one', async (context) => {
  const { generator, plan } = await setUp(context)
  setTimeout(() => process.kill(generator.pid, 'SIGKILL'), 100)
  const phase = generator.runPhase({ ...plan, durationMs: 60_000 }, { onSnapshot: () => undefined })
  await assert.rejects(phase, (error: unknown) => {
    assert.ok(error instanceof IncompleteError)
    assert.match(error.message, /SIGKILL/)
    return true
  })
  await assert.rejects(generator.runPhase(plan, { onSnapshot: () => undefined }), IncompleteError)
})

test('a plan that cannot be sent fails the phase with the reason, and the process goes on', async (context) => {
  const { generator, plan } = await setUp(context)
  const requests = plan.requests.map((request) => ({ ...request, method: 'PURGE' }))
  const impossible = generator.runPhase({ ...plan, requests }, { onSnapshot: () => undefined })
  await assert.rejects(impossible, /PURGE/)
  const result = await generator.runPhase(plan, { onSnapshot: () => undefined })
  assert.ok(result.counts.good > 0)
})

test('a closed generator is gone', async (context) => {
  const { generator } = await setUp(context)
  await generator.close()
  assert.throws(() => process.kill(generator.pid, 0), { code: 'ESRCH' })
})

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { IncompleteError } from '../../src/core/errors.ts'
import type { GeneratorPlan, GeneratorSnapshot } from '../../src/core/generator-messages.ts'
import { type Generator, startGenerators } from '../../src/load/generators.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'
import { behaviours, startMisbehavingServer } from '../support/misbehaving-server.ts'
import { openWorkload, planFor } from '../support/plans.ts'

async function setUp(context: TestContext): Promise<{ readonly generator: Generator; readonly plan: GeneratorPlan }> {
  const server = await startMisbehavingServer((exchange) => setTimeout(behaviours.answers, 5, exchange))
  context.after(() => server.close())
  const generator = await startGenerators({ cpus: [] })
  context.after(() => generator.close())
  const plan = planFor(server.origin, { workload: { kind: 'closed', connections: 2 }, durationMs: 100 })
  return { generator, plan }
}

function pidOf({ pids }: Generator, index = 0): number {
  return pids[index] ?? assert.fail('there is no such process')
}

test('a generator process runs one phase after the other, and its snapshots grow towards the result', async (context) => {
  const { generator, plan } = await setUp(context)
  const snapshots: GeneratorSnapshot[] = []
  const onSnapshot = (snapshot: GeneratorSnapshot): void => void snapshots.push(snapshot)
  const closed = await generator.runPhase({ ...plan, durationMs: 1_100 }, { onSnapshot })
  const last = snapshots.at(-1)
  assert.ok(snapshots.length >= 2 && last !== undefined, `${snapshots.length}`)
  assert.ok(closed.counts.good > 0)
  assert.ok(closed.hiccupP99Ms >= 0)
  const counts = [...snapshots.map((snapshot) => snapshot.counts.good), closed.counts.good]
  assert.deepEqual(
    counts,
    [...counts].sort((a, b) => a - b),
  )
  assert.equal(LatencyHistogram.decode(last.responseTime).count, last.counts.good)
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
  process.kill(pidOf(generator), 'SIGINT')
  const result = await generator.runPhase(plan, { onSnapshot: () => undefined })
  assert.ok(result.counts.good > 0)
})

test('a generator that dies fails its phase, and every later one', async (context) => {
  const { generator, plan } = await setUp(context)
  setTimeout(() => process.kill(pidOf(generator), 'SIGKILL'), 100)
  const phase = generator.runPhase({ ...plan, durationMs: 60_000 }, { onSnapshot: () => undefined })
  await assert.rejects(phase, (error: unknown) => {
    assert.ok(error instanceof IncompleteError)
    assert.match(error.message, /SIGKILL/)
    return true
  })
  await assert.rejects(generator.runPhase(plan, { onSnapshot: () => undefined }), IncompleteError)
})

test('when one of several generators dies, the phase fails with its name and the others end', async (context) => {
  const { plan } = await setUp(context)
  const generators = await startGenerators({ cpus: [], processes: 3 })
  context.after(() => generators.close())
  assert.equal(new Set(generators.pids).size, 3)
  const phase = generators.runPhase(
    { ...plan, workload: { kind: 'closed', connections: 3 }, durationMs: 60_000 },
    { onSnapshot: () => process.kill(pidOf(generators, 1), 'SIGKILL') },
  )
  await assert.rejects(phase, (error: unknown) => {
    assert.ok(error instanceof IncompleteError)
    assert.match(error.message, /load generator 2 of 3 ended \(SIGKILL\)/)
    return true
  })
  for (const pid of generators.pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('several generators send their shares of a phase at the same time, and tell about it as one', async (context) => {
  const { plan } = await setUp(context)
  const generators = await startGenerators({ cpus: [], processes: 2 })
  context.after(() => generators.close())
  const workload = openWorkload(100, { initialConnections: 6, maxConnections: 6, clients: 6 })
  const snapshots: GeneratorSnapshot[] = []
  const result = await generators.runPhase(planFor(plan.origin, { workload, durationMs: 600 }), {
    onSnapshot: (snapshot) => snapshots.push(snapshot),
  })
  assert.equal(result.counts.good, 60)
  assert.equal(result.processes, 2)
  // Each sends 30: more of them are seen in one snapshot only when it is that of both.
  assert.ok((snapshots.at(-1)?.counts.sent ?? 0) > 30)
  assert.ok(result.busiestCpuMs < result.cpuMs)
})

test('what one of several generators cannot send fails the phase, and they go on', async (context) => {
  const { plan } = await setUp(context)
  const generators = await startGenerators({ cpus: [], processes: 2 })
  context.after(() => generators.close())
  const module = new URL('../support/no-such-scenario.mjs', import.meta.url).href
  const impossible = generators.runPhase({ ...plan, module }, { onSnapshot: () => undefined })
  await assert.rejects(impossible, /load generator [12] of 2 could not run the phase: .*no-such-scenario/)
  const result = await generators.runPhase(plan, { onSnapshot: () => undefined })
  assert.ok(result.counts.good > 0)
})

test('a plan that cannot be sent fails the phase with the reason, and the process goes on', async (context) => {
  const { generator, plan } = await setUp(context)
  const requests = plan.requests.map((request) => ({ ...request, path: '/{{nobody captures this}}' }))
  const impossible = generator.runPhase({ ...plan, requests }, { onSnapshot: () => undefined })
  await assert.rejects(impossible, /nobody captures this/)
  const result = await generator.runPhase(plan, { onSnapshot: () => undefined })
  assert.ok(result.counts.good > 0)
})

test('a closed generator is gone', async (context) => {
  const { generator } = await setUp(context)
  await generator.close()
  assert.throws(() => process.kill(pidOf(generator), 0), { code: 'ESRCH' })
})

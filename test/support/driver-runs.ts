import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'

import type { GeneratorPlan, GeneratorResult } from '../../src/core/generator-messages.ts'
import { OUTCOMES, type Outcome, type RequestCounts } from '../../src/core/measurement.ts'
import type { Workload } from '../../src/core/workload.ts'
import { createLoadDriver } from '../../src/load/driver.ts'
import { loadModuleFunctions } from '../../src/load/module-functions.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'
import type { MisbehavingServer } from './misbehaving-server.ts'
import { openWorkload, planFor } from './plans.ts'

/** One workload of each kind, each of a few requests at a time. */
export const WORKLOADS: Readonly<Record<Workload['kind'], Workload>> = {
  closed: { kind: 'closed', connections: 3 },
  open: openWorkload(200),
  users: { kind: 'users', users: 3, spawnRatePerS: 1_000, think: { minMs: 1, maxMs: 5 } },
}

/** Runs a phase in this process, and checks that its counts add up: in all, by route and by error code. */
export async function run(origin: string, changes: Partial<GeneratorPlan>): Promise<GeneratorResult> {
  const plan = planFor(origin, changes)
  const names = plan.requests.map(({ name }) => name)
  const functions = plan.module === undefined ? undefined : await loadModuleFunctions(plan.module, names)
  const result = await createLoadDriver().run(plan, { onSnapshot: () => undefined }, { functions })
  assertAddsUp(result.counts)
  for (const route of result.routes) assertAddsUp(route.counts)
  const lost = result.counts.lost
  if (lost > 0) assert.ok(sum(Object.values(result.errors)) >= lost, 'each lost request has an error code')
  return result
}

/** Every request that was sent has one outcome, and every one that was due was sent or dropped. */
export function assertAddsUp(counts: RequestCounts): void {
  assert.equal(counts.sent, sum(OUTCOMES.map((outcome) => counts[outcome])), JSON.stringify(counts))
  assert.equal(counts.scheduled, counts.sent + counts.dropped)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Of the good answers of the first route; empty when it has none. */
export function responseTimes(result: GeneratorResult): LatencyHistogram {
  return LatencyHistogram.decode(result.routes[0]?.responseTime ?? new LatencyHistogram().encode())
}

/** The server, closed when the test ends. */
export async function serverOf(context: TestContext, started: Promise<MisbehavingServer>): Promise<MisbehavingServer> {
  const server = await started
  context.after(() => server.close())
  return server
}

/** Outcomes that occurred. */
export function occurred(counts: RequestCounts): readonly Outcome[] {
  return OUTCOMES.filter((outcome) => counts[outcome] > 0)
}

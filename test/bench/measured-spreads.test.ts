import assert from 'node:assert/strict'
import { test } from 'node:test'

import { measuredSpreads } from '../../src/bench/measured-spreads.ts'
import type { Run, TimelineEntry } from '../../src/core/report.ts'
import { reportFixture } from '../support/report-fixture.ts'

const [saturate, steady] = reportFixture().runs as [Run, Run] // the fixture has both
const [like] = saturate.timeline as [TimelineEntry, ...TimelineEntry[]] // and seconds
// t(0.975, 2) = 4.303 (any table); 4.303 × 0.1 / √3 for 0.9, 1 and 1.1, of a mean of 1.
const HALF_WIDTH = '0.2484'

function bootOf(cpuMsPerRequest: number, phase = saturate.phase): Run {
  assert.ok(saturate.targetUse !== null)
  return { ...saturate, phase, targetUse: { ...saturate.targetUse, cpuMsPerRequest, busyLoopMsPerRequest: 1 } }
}

test('three boots or more tell how much the CPU time per request differs between them', () => {
  const { cpuPerRequest } = measuredSpreads([bootOf(0.9), bootOf(5, 'other'), bootOf(1), bootOf(1.1)])
  assert.equal(cpuPerRequest?.halfWidthFraction.toFixed(4), HALF_WIDTH)
  assert.deepEqual([cpuPerRequest.over, cpuPerRequest.count], ['boots', 3])
})

test('of one or two boots the whole seconds of the last one are taken', () => {
  const second = (throughputPerS: number, targetCpus: number | null): TimelineEntry => ({
    ...like,
    throughputPerS,
    targetCpus,
  })
  // 0.9, 1 and 1.1 ms; seconds without a figure and the last, which is a part of one, are left out.
  const timeline = [
    second(1_000, 0.9),
    second(1_000, 1),
    second(0, 1),
    second(900, null),
    second(1_000, 1.1),
    second(9, 1),
  ]
  const { cpuPerRequest } = measuredSpreads([bootOf(7), { ...bootOf(1), timeline }])
  assert.equal(cpuPerRequest?.halfWidthFraction.toFixed(4), HALF_WIDTH)
  assert.deepEqual([cpuPerRequest.over, cpuPerRequest.count], ['seconds', 3])
})

test('a target whose processes are not seen has no spread but that of its response time', () => {
  const blind = [saturate, steady].map((run) => ({
    ...run,
    targetUse: null,
    timeline: run.timeline.map((second) => ({ ...second, targetCpus: null })),
  }))
  const { responseP99, ...others } = measuredSpreads(blind)
  assert.ok(Object.values(others).every((spread) => spread === null))
  assert.ok(responseP99 !== null && responseP99.over === 'requests')
  // 95 % of the 99th percentiles of 11 823 samples lie within 1.96 × √(11 823 × 0.99 × 0.01) ≈ 21 ranks.
  assert.ok(
    responseP99.halfWidthFraction > 0 && responseP99.halfWidthFraction < 0.2,
    String(responseP99.halfWidthFraction),
  )
})

test('the share of blocking varies as the loops of all workers do for the same CPU time', () => {
  const second = (utilizations: readonly (number | null)[]): TimelineEntry => ({
    ...like,
    targetCpus: 2,
    workers: utilizations.map((loopUtilization, index) => ({
      pid: index + 1,
      role: index === 0 ? 'primary' : 'worker',
      cpus: 1,
      loopUtilization,
      rssBytes: null,
    })),
  })
  // Of 2 CPUs: 0.9, 1 and 1.1; the primary does not count, nor a second in which a worker did not tell.
  const seconds = [second([0.5, 0.9, 0.9]), second([0.9, 1, 1]), second([0, 1.1, 1.1]), second([0, 1, null])]
  const { loopPerCpu } = measuredSpreads([{ ...saturate, timeline: [...seconds, like] }])
  assert.equal(loopPerCpu?.halfWidthFraction.toFixed(4), HALF_WIDTH)
})

test('hold times of upstreams vary between seconds, and are not known of a report that does not have them', () => {
  const second = (holdMs: number | undefined, calls = 10): TimelineEntry => {
    const idle = { failures: 0, breaker: 'closed', poolRunning: 0, poolPending: 0, poolConnected: 1 } as const
    const upstream = { name: 'primary', calls, ...(holdMs === undefined ? {} : { holdMs }), ...idle }
    const nothing = { cacheHits: null, cacheMisses: null, queueRunning: null, queueWaiting: null, queueRefused: null }
    return {
      ...like,
      server: { ...nothing, upstreams: [upstream, { ...upstream, name: 'idle', calls: 0, holdMs: 0 }] },
    }
  }
  const open = (seconds: readonly TimelineEntry[]): Run => ({ ...steady, timeline: [...seconds, like] })
  const { upstreamHold } = measuredSpreads([open([second(90), second(100), second(0, 0), second(110)])])
  assert.equal(upstreamHold?.halfWidthFraction.toFixed(4), HALF_WIDTH)
  assert.equal(measuredSpreads([open([second(undefined), second(undefined), second(undefined)])]).upstreamHold, null)
})

test('the memory of workers varies over workers and boots', () => {
  const boot = (bytes: readonly number[]): Run => ({
    ...steady,
    targetUse: saturate.targetUse && {
      ...saturate.targetUse,
      workers: bytes.map((pssBytes, index) => ({
        pid: index,
        role: index === 0 ? 'primary' : 'worker',
        cpuMs: 1,
        runQueueDelayMs: null,
        loopUtilization: null,
        rssBytes: 500,
        pssBytes,
        requests: 1,
      })),
    },
  })
  const { workerMemory } = measuredSpreads([boot([7, 90, 100]), boot([7, 110])])
  assert.equal(workerMemory?.halfWidthFraction.toFixed(4), HALF_WIDTH)
  assert.equal(measuredSpreads([boot([7, 90, 100])]).workerMemory, null)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { GeneratorResult, GeneratorSnapshot } from '../../src/core/generator-messages.ts'
import { mergeBeats, mergeResults, mergeSnapshots } from '../../src/load/merge-results.ts'
import { Recorder } from '../../src/load/recorder.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'

/** One good answer of each named route, within 1 ms. */
function resultOf(routes: readonly string[], changes: Partial<GeneratorResult> = {}): GeneratorResult {
  const recorder = new Recorder(routes)
  for (const route of routes.keys()) {
    recorder.send(route)
    recorder.answer(route, { outcome: 'good', statusCode: 200, isCached: false }, 1, 1)
  }
  return {
    ...recorder.result(),
    sendingMs: 1_000,
    totalMs: 1_100,
    cpuMs: 10,
    runQueueDelayMs: null,
    loopDelayP99Ms: 1,
    connectionsOpened: 1,
    ...changes,
  }
}

test('routes keep the order of the plan, also those that not every generator has sent', () => {
  const { routes, counts } = mergeResults([resultOf(['b']), resultOf(['c', 'a', 'b'])], ['a', 'b', 'c', 'unsent'])
  assert.deepEqual(
    routes.map((route) => [route.name, route.counts.good, LatencyHistogram.decode(route.responseTime).count]),
    [
      ['a', 1, 1],
      ['b', 2, 2],
      ['c', 1, 1],
    ],
  )
  assert.equal(counts.good, 4)
})

test('requests of one name are one route, also of a single generator: counts are added and samples put together', () => {
  const recorder = new Recorder(['search', 'ads', 'search'])
  for (const [route, tookMs] of [
    [0, 1],
    [0, 1],
    [1, 5],
    [2, 9],
  ] as const) {
    recorder.send(route)
    recorder.answer(route, { outcome: 'good', statusCode: 200, isCached: false }, tookMs, tookMs)
  }
  const names = ['search', 'ads', 'search']
  const { routes } = mergeResults([{ ...resultOf([]), ...recorder.result() }], names)
  assert.deepEqual(
    routes.map(({ name, counts }) => [name, counts.sent, counts.good]),
    [
      ['search', 3, 3],
      ['ads', 1, 1],
    ],
  )
  const { count, p50Ms, maxMs } = LatencyHistogram.decode(routes[0]?.responseTime ?? new Uint8Array()).summary()
  assert.equal(count, 3)
  assert.ok(Math.abs(Number(p50Ms) - 1) < 0.01 && Math.abs(Number(maxMs) - 9) < 0.01, 'not a mean of medians')
})

test('a phase is as far as its latest generator, whatever those told that have ended', () => {
  const beats = [
    { elapsedMs: 300, completed: 30 },
    { elapsedMs: 900, completed: 70 },
  ]
  assert.deepEqual(mergeBeats(beats), { elapsedMs: 900, completed: 100 })
  const recorder = new Recorder(['a'])
  recorder.send(0)
  const snapshots = [300, 900].map((elapsedMs): GeneratorSnapshot => recorder.snapshot(elapsedMs))
  const { elapsedMs, counts, inFlight } = mergeSnapshots(snapshots)
  assert.deepEqual([elapsedMs, counts.sent, inFlight], [900, 2, 2])
})

test('times, and what held a generator up, are those of the worst; costs are added up', () => {
  const slow = { sendingMs: 1_200, totalMs: 1_500, cpuMs: 30, runQueueDelayMs: 7, loopDelayP99Ms: 4 }
  const merged = mergeResults([resultOf(['a']), resultOf(['a'], slow), resultOf(['a'])], ['a'])
  const { sendingMs, totalMs, cpuMs, runQueueDelayMs, loopDelayP99Ms, connectionsOpened } = merged
  assert.deepEqual([sendingMs, totalMs, runQueueDelayMs, loopDelayP99Ms], [1_200, 1_500, 7, 4])
  assert.deepEqual([cpuMs, connectionsOpened], [50, 3])
})

test('a delay that no system counted is unknown, not 0', () => {
  assert.equal(mergeResults([resultOf(['a']), resultOf(['a'])], ['a']).runQueueDelayMs, null)
})

test('of more than 20 error codes the rarest are counted together', () => {
  const errors = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`E${index}`, index + 2]))
  const merged = mergeResults([resultOf([], { errors }), resultOf([], { errors: { RARE: 1, E0: 5, other: 3 } })], [])
  assert.equal(Object.keys(merged.errors).length, 21)
  assert.equal(merged.errors['E0'], 7)
  assert.equal(merged.errors['RARE'], undefined)
  assert.equal(merged.errors['other'], 4)
})

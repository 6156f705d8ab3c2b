import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { Recommendation } from '../../src/core/recommendation.ts'
import { plannableBytes } from '../../src/sizing/memory.ts'
import { recommend } from '../../src/sizing/recommend.ts'
import type { MemoryFigures, SizingInput } from '../../src/sizing/sizing-input.ts'
import { EXAMPLE, MIB } from './sizing-input-example.ts'

function find(setting: string, input: SizingInput): Recommendation | undefined {
  return recommend(input).recommendations.find((recommendation) => recommendation.setting === setting)
}

function get(setting: string, input: SizingInput): Recommendation {
  const recommendation = find(setting, input)
  assert.ok(recommendation !== undefined, `${setting} is not recommended`)
  return recommendation
}

function memoryWith(figures: Partial<MemoryFigures>): MemoryFigures {
  assert.ok(EXAMPLE.memory !== null)
  return { ...EXAMPLE.memory, ...figures }
}

function saturatedWith(figures: Partial<NonNullable<SizingInput['saturated']>>): SizingInput['saturated'] {
  assert.ok(EXAMPLE.saturated !== null)
  return { ...EXAMPLE.saturated, ...figures }
}

test('with every figure at hand every setting is recommended', () => {
  const settings = recommend(EXAMPLE).recommendations.map(({ setting }) => setting)
  assert.deepEqual(settings, [
    'WEB_CONCURRENCY',
    'UPSTREAM_POOL_MAX',
    'UPSTREAM_POOL_KEEPALIVE',
    'QUEUE_CONCURRENCY',
    'QUEUE_SIZE',
    'UPSTREAM_TIMEOUT',
    'REQUEST_TIMEOUT',
    'RETRY_MAX_ATTEMPTS',
    'RETRY_BUDGET',
    'CB_FAILURE_RATE',
    'CB_MIN_CALLS',
    'CB_WINDOW_TIME',
    'CB_RECOVERY_TIMEOUT',
    'RATE_LIMIT_DEFAULT',
    'CACHE_MAX_BYTES',
    '--max-old-space-size',
    '--max-semi-space-size',
    'KEEP_ALIVE',
  ])
})

test('workers that were measured on all CPUs of the machine are recommended with high confidence', () => {
  const { value, current, basis, confidence, binding, evidence } = get('WEB_CONCURRENCY', EXAMPLE)
  assert.deepEqual([value, current, basis, confidence, binding], [2, 2, 'measured', 'high', 'cpu'])
  // 2 CPUs × 0.95 / 2 ms
  assert.equal(evidence['modelledCapacityPerS'], 950)
})

test('workers are sized for the whole machine when only a share of it was measured', () => {
  const half = { ...EXAMPLE, measuredCpus: 1, workers: 1, saturated: saturatedWith({ throughputPerS: 475 }) }
  const { value, current, basis, confidence, evidence } = get('WEB_CONCURRENCY', half)
  assert.deepEqual([value, current, basis, confidence], [2, 1, 'modelled', 'medium'])
  assert.deepEqual([evidence['measuredCpus'], evidence['deployedCpus']], [1, 2])
  // 950 × 0.9 for one doubling
  assert.equal(evidence['modelledCapacityPerS'], 855)
  assert.equal(get('WEB_CONCURRENCY', { ...half, deployedCpus: 8 }).confidence, 'low')
})

test('blocking calls ask for more workers than CPUs, and are named as the cause', () => {
  const saturated = saturatedWith({ cpuMsPerRequest: 1, busyLoopMsPerRequest: 5, throughputPerS: 377 })
  const blocking = { ...EXAMPLE, memoryLimitBytes: 8_192 * MIB, saturated }
  const { value, explanation } = get('WEB_CONCURRENCY', blocking)
  assert.equal(value, 10)
  assert.match(explanation, /Without the calls that block the loop 2 would do/)
})

test('memory that holds fewer workers is the binding constraint', () => {
  // 0.85 × 1 100 − 60 = 875 MiB; a worker plans 700 + 30 / 0.7 − 30 + 62 / 0.7 ≈ 801 MiB.
  const small = {
    ...EXAMPLE,
    memoryLimitBytes: 1_100 * MIB,
    memory: memoryWith({ workerBytes: 700 * MIB }),
  }
  const { value, basis, binding } = get('WEB_CONCURRENCY', small)
  assert.deepEqual([value, basis, binding], [1, 'constraint', 'memory'])
})

test('a missing figure lowers the confidence in the number of workers, and does not stop it', () => {
  assert.equal(get('WEB_CONCURRENCY', { ...EXAMPLE, memory: null }).confidence, 'medium')
  assert.equal(
    get('WEB_CONCURRENCY', { ...EXAMPLE, saturated: saturatedWith({ busyLoopMsPerRequest: null }) }).confidence,
    'medium',
  )
  const idle = get('WEB_CONCURRENCY', {
    ...EXAMPLE,
    saturated: saturatedWith({ throughputPerS: 300, loopUtilization: 0.3 }),
  })
  assert.equal(idle.confidence, 'medium')
  assert.equal(idle.evidence['doubts'], 'the run filled the target to 30 % only')
})

test('workers that left the CPUs idle get no advice when it is not known whether they were blocked', () => {
  // 100/s × 2 ms = 0.2 of 2 CPUs.
  const idle = saturatedWith({ throughputPerS: 100, busyLoopMsPerRequest: null, loopUtilization: null })
  assert.equal(find('WEB_CONCURRENCY', { ...EXAMPLE, saturated: idle, memory: null }), undefined)
  const blocked = saturatedWith({ throughputPerS: 100, busyLoopMsPerRequest: 20, loopUtilization: 1 })
  // 20 ms of which 2 ms compute: ten workers keep a CPU busy.
  assert.equal(get('WEB_CONCURRENCY', { ...EXAMPLE, saturated: blocked, memory: null }).value, 20)
})

test('one process that filled its CPU was not blocked, though the target was given more CPUs', () => {
  // 475/s × 2 ms = 0.95 of the only CPU that it can fill, 0.32 of the three.
  const single = saturatedWith({
    throughputPerS: 475,
    busyLoopMsPerRequest: null,
    loopUtilization: null,
    busyWorkers: 1,
  })
  const advice = recommend({
    ...EXAMPLE,
    measuredCpus: 3,
    deployedCpus: 4,
    workers: 1,
    saturated: single,
    memory: null,
  })
  const workers = advice.recommendations.find(({ setting }) => setting === 'WEB_CONCURRENCY')
  assert.equal(workers?.value, 4)
  assert.doesNotMatch(String(workers?.evidence['doubts']), /filled the target/)
  assert.equal(advice.whyNoWorkers, null)
})

test('why no number of workers is recommended is told as it is', () => {
  assert.equal(recommend(EXAMPLE).whyNoWorkers, null)
  const blocked = { throughputPerS: 100, busyLoopMsPerRequest: null, loopUtilization: null }
  assert.match(
    String(recommend({ ...EXAMPLE, saturated: saturatedWith(blocked) }).whyNoWorkers),
    /^the workers used 10 % of the CPUs that they could, and whether they were blocked cannot be seen/,
  )
  const unknown = String(recommend({ ...EXAMPLE, saturated: null }).whyNoWorkers)
  assert.match(unknown, /CPU time/)
  assert.doesNotMatch(unknown, /blocked/)
})

test('without a phase that fills the target there is no advice about workers or queues', () => {
  const unknown = { ...EXAMPLE, saturated: null }
  assert.equal(find('WEB_CONCURRENCY', unknown), undefined)
  assert.equal(find('QUEUE_SIZE', unknown), undefined)
})

test('a pool is sized for 80 % of the capacity, split among the workers', () => {
  const { value, evidence, confidence } = get('UPSTREAM_POOL_MAX', EXAMPLE)
  // 0.8 × 950 × 0.25 / 2 = 95 calls/s of 50 ms: 4.75 erlangs; p99 of the wait ≤ 5 % of 200 ms.
  assert.equal(evidence['callsPerSPerWorker'], 95)
  assert.equal(evidence['busyConnections'], 4.75)
  // Erlang's sum, evaluated directly: the p99 of the wait is 21.4 ms with 9 connections and 9.3 ms with 10.
  assert.equal(value, 10)
  assert.equal(confidence, 'high')
})

test('a pool is not recommended for a target that calls nothing', () => {
  assert.ok(EXAMPLE.steady !== null)
  assert.equal(find('UPSTREAM_POOL_MAX', { ...EXAMPLE, steady: { ...EXAMPLE.steady, upstream: null } }), undefined)
  assert.equal(find('UPSTREAM_POOL_MAX', { ...EXAMPLE, steady: null }), undefined)
})

test('a queue is as long as the loop can serve within the objective', () => {
  // 0.95 / 2 ms × (200 − 40) ms
  assert.equal(get('QUEUE_SIZE', EXAMPLE).value, 76)
  assert.equal(get('QUEUE_SIZE', { ...EXAMPLE, latencyObjectiveMs: 30 }).value, 1)
  assert.equal(get('QUEUE_SIZE', { ...EXAMPLE, latencyObjectiveMs: null }).confidence, 'medium')
  assert.equal(find('QUEUE_SIZE', { ...EXAMPLE, saturated: saturatedWith({ busyLoopMsPerRequest: null }) }), undefined)
})

test('a heap ceiling is the share of each worker in the memory', () => {
  const { value, unit, basis } = get('--max-old-space-size', EXAMPLE)
  // (0.85 × 2 048 − 60) / 2 − 70 − 192
  assert.deepEqual([value, unit, basis], [578, 'MiB per worker', 'constraint'])
  assert.equal(find('--max-old-space-size', { ...EXAMPLE, memory: null }), undefined)
  assert.equal(find('--max-old-space-size', { ...EXAMPLE, memoryLimitBytes: 256 * MIB }), undefined)
})

test('a cache that is not full stays as it is, a full one that misses is doubled', () => {
  assert.equal(get('CACHE_MAX_BYTES', EXAMPLE).value, 64 * MIB)
  const full = { ...EXAMPLE, cache: { entries: 30_000, bytes: 63 * MIB, hitRate: 0.6 } }
  assert.deepEqual([get('CACHE_MAX_BYTES', full).value, get('CACHE_MAX_BYTES', full).basis], [128 * MIB, 'rule'])
  const enough = { ...EXAMPLE, cache: { entries: 30_000, bytes: 63 * MIB, hitRate: 0.97 } }
  assert.equal(get('CACHE_MAX_BYTES', enough).value, 64 * MIB)
})

test('a cache never gets more than a quarter of the heap ceiling', () => {
  const large = { ...EXAMPLE, current: { ...EXAMPLE.current, CACHE_MAX_BYTES: 400 * MIB } }
  const { value, binding } = get('CACHE_MAX_BYTES', large)
  const heapMiB = get('--max-old-space-size', large).value
  assert.ok(value <= (heapMiB * MIB) / 4)
  assert.equal(binding, 'memory')
})

test('a cache without lookups or without a known bound gets no advice', () => {
  assert.equal(find('CACHE_MAX_BYTES', { ...EXAMPLE, cache: null }), undefined)
  assert.equal(find('CACHE_MAX_BYTES', { ...EXAMPLE, cache: { entries: 0, bytes: 0, hitRate: null } }), undefined)
  assert.equal(find('CACHE_MAX_BYTES', { ...EXAMPLE, current: {} }), undefined)
})

test('connections are kept longer than a load balancer keeps them, and never shorter than they are now', () => {
  assert.equal(get('KEEP_ALIVE', { ...EXAMPLE, current: { KEEP_ALIVE: 5 } }).value, 65)
  assert.equal(get('KEEP_ALIVE', EXAMPLE).value, 75)
})

test('nothing measured, nothing recommended', () => {
  const nothing = { ...EXAMPLE, saturated: null, steady: null, memory: null, cache: null, workers: null, current: {} }
  assert.deepEqual(recommend(nothing).recommendations, [])
})

test('the recommended workers and heaps together never exceed the memory', () => {
  const mebibytes = (min: number, max: number) => fc.integer({ min, max }).map((value) => value * MIB)
  const figures = fc.record({
    limit: mebibytes(256, 65_536),
    primary: mebibytes(20, 80),
    worker: mebibytes(40, 1_000),
    heapShare: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
    cpus: fc.double({ min: 0.5, max: 64, noNaN: true }),
  })
  fc.assert(
    fc.property(figures, ({ limit, primary, worker, heapShare, cpus }) => {
      const heapUsedBytes = worker * heapShare
      const input: SizingInput = {
        ...EXAMPLE,
        deployedCpus: cpus,
        memoryLimitBytes: limit,
        memory: memoryWith({ primaryBytes: primary, workerBytes: worker, heapUsedBytes }),
      }
      const workers = get('WEB_CONCURRENCY', input).value
      assert.ok(workers === 1 || primary + workers * worker <= plannableBytes(limit))
      const heapMiB = find('--max-old-space-size', input)?.value ?? 0
      assert.ok(heapMiB === 0 || primary + workers * (heapMiB * MIB + worker - heapUsedBytes) <= plannableBytes(limit))
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { Recommendation } from '../../../src/core/recommendation.ts'
import { recommend } from '../../../src/sizing/recommend.ts'
import type { SizingInput } from '../../../src/sizing/sizing-input.ts'
import { NO_SPREADS, type Spread, type Spreads } from '../../../src/sizing/advice/spread.ts'
import { EXAMPLE, MIB } from '../sizing-input-example.ts'

function varyingBy(halfWidthFraction: number): Spread {
  return { halfWidthFraction, over: 'boots', count: 5 }
}

function intervalOf(setting: string, spreads: Partial<Spreads>, changes: Partial<SizingInput> = {}) {
  const { recommendations } = recommend({ ...EXAMPLE, spreads: { ...NO_SPREADS, ...spreads }, ...changes })
  const advice = recommendations.find((recommendation) => recommendation.setting === setting)
  assert.ok(advice !== undefined, setting)
  return advice.interval
}

test('the number of workers varies with how much of the work blocks', () => {
  assert.ok(EXAMPLE.saturated !== null)
  // 2 ms of CPU that hold the loop for 8 ms want 8 workers on 2 CPUs, and for 7.2 to 8.8 ms 7 (of 7.2, which is within 3 %) to 9.
  const saturated = { ...EXAMPLE.saturated, busyLoopMsPerRequest: 8, throughputPerS: 237 }
  const loopPerCpu = varyingBy(0.1)
  assert.deepEqual(intervalOf('WEB_CONCURRENCY', { loopPerCpu }, { saturated, memoryLimitBytes: 64_000 * MIB }), [7, 9])
  assert.deepEqual(intervalOf('WEB_CONCURRENCY', { loopPerCpu: varyingBy(0.02) }), [2, 2])
})

test('a pool varies with the rate that is planned for and with how long its connections are held', () => {
  // Erlang C at 4.75 erlangs more and less a fifth (both figures vary by 14.1 %), see the test of the value.
  const pool = intervalOf('UPSTREAM_POOL_MAX', { cpuPerRequest: varyingBy(0.1414), upstreamHold: varyingBy(0.1414) })
  assert.ok(pool !== undefined && pool[0] < 10 && pool[1] > 10, JSON.stringify(pool))
  assert.equal(intervalOf('UPSTREAM_POOL_MAX', { cpuPerRequest: varyingBy(0.1) }), undefined)
})

test('a queue varies with the cost of a request and with what the p99 leaves of the objective', () => {
  // 76 for 160 ms; ± 20 % of a p99 of 40 ms are ± 5 % of those: 0.95 and 1.05 times 76.
  assert.deepEqual(intervalOf('QUEUE_SIZE', { cpuPerRequest: varyingBy(0), responseP99: varyingBy(0.2) }), [72, 79])
})

test('a heap ceiling varies with the memory of a worker', () => {
  // 578 ± a tenth of the worker's 100 MiB.
  assert.deepEqual(intervalOf('--max-old-space-size', { workerMemory: varyingBy(0.1) }), [568, 588])
})

test('every interval encloses its value, and rules have none', () => {
  const fraction = fc.double({ min: 0, max: 2, noNaN: true }).map(varyingBy)
  const keys = Object.keys(NO_SPREADS) as (keyof Spreads)[] // of a complete object
  const current = { ...EXAMPLE.current, MAX_REQUESTS: 0, WORKER_MAX_MEMORY: 0, CACHE_MAX_SIZE: 1_024, CPU_THREADS: 0 }
  fc.assert(
    fc.property(
      fc.tuple(...keys.map(() => fraction)),
      fc.double({ min: 0.1, max: 20, noNaN: true }),
      (values, poolMs) => {
        const spreads = Object.fromEntries(keys.map((key, index) => [key, values[index]])) as unknown as Spreads // every key is there
        const { recommendations } = recommend({ ...EXAMPLE, spreads, current, threadPoolMsPerRequest: poolMs })
        const enclosed = ({ interval, value }: Recommendation): boolean =>
          interval === undefined || (interval[0] <= value && value <= interval[1])
        const wrong = recommendations.filter(
          (advice) => !enclosed(advice) || (advice.basis === 'rule' && advice.interval),
        )
        assert.deepEqual(wrong, [])
      },
    ),
  )
})

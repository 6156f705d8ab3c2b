import assert from 'node:assert/strict'
import { test } from 'node:test'

import { singleRequestScenario } from '../../src/bench/ad-hoc-scenario.ts'
import type { BenchOptions } from '../../src/bench/bench.ts'
import { runtimeLimits } from '../../src/bench/runtime-limits.ts'
import { resolveSettings } from '../../src/core/settings.ts'

function optionsOf(target: BenchOptions['target']): BenchOptions {
  const scenario = singleRequestScenario({ name: 'GET /', method: 'GET', path: '/', headers: {} })
  const rest = {
    placement: 'auto',
    cpusOverride: undefined,
    generators: 1,
    repeat: 1,
    timeoutMs: 1_000,
    seed: 1,
  } as const
  return { scenario, target, ...rest }
}

const BUNDLED = optionsOf({ kind: 'bundled', settings: resolveSettings({ flags: {}, environment: {} }) })

test('without a word in the environment the workers have their steady heap, and libuv its four threads', () => {
  assert.deepEqual(runtimeLimits(BUNDLED, {}), { UV_THREADPOOL_SIZE: 4, '--max-semi-space-size': 16 })
})

test('NODE_OPTIONS says the last word, in any spelling', () => {
  const environment = {
    NODE_OPTIONS: '--max_semi_space_size=8 --max-semi-space-size=4 --max-old-space-size 300',
    UV_THREADPOOL_SIZE: '12',
  }
  assert.deepEqual(runtimeLimits(BUNDLED, environment), {
    UV_THREADPOOL_SIZE: 12,
    '--max-semi-space-size': 4,
    '--max-old-space-size': 300,
  })
})

test('of a target that may not be Node only the thread pool is known, and of a remote one nothing', () => {
  const url = optionsOf({ kind: 'url', url: new URL('http://127.0.0.1:1/'), insecure: false })
  assert.deepEqual(runtimeLimits(url, { UV_THREADPOOL_SIZE: '12' }), {})
})

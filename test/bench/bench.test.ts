import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type BenchOptions, measure } from '../../src/bench/bench.ts'
import { loadScenario } from '../../src/bench/scenario-file.ts'
import { UsageError } from '../../src/core/errors.ts'
import type { BenchEvent } from '../../src/core/events.ts'
import { resolveSettings } from '../../src/core/settings.ts'

const COMMON = {
  placement: 'auto',
  cpusOverride: undefined,
  generators: 1,
  repeat: 1,
  timeoutMs: 1_000,
  seed: 1,
} as const

async function refusal(target: BenchOptions['target']): Promise<UsageError> {
  const events: BenchEvent[] = []
  const options = { ...COMMON, scenario: await loadScenario('breaker'), target }
  const error: unknown = await measure(options, (event) => events.push(event), new AbortController().signal).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof UsageError, String(error))
  assert.deepEqual(events, [], 'nothing was started')
  return error
}

test('faults are refused for a target that has no simulated upstreams, before anything is started', async () => {
  const { message } = await refusal({ kind: 'url', url: new URL('http://127.0.0.1:1/'), insecure: false })
  assert.match(message, /phase "breaker" of scenario "breaker" has faults.*not the bundled server/)
})

test('faults are refused where UPSTREAMS names real upstreams', async () => {
  const settings = resolveSettings({ flags: { UPSTREAMS: 'a=http://127.0.0.1:9' }, environment: {}, preset: 'bench' })
  const { message } = await refusal({ kind: 'bundled', settings, workers: 1 })
  assert.match(message, /UPSTREAMS names real ones/)
})

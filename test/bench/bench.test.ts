import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'

import { type BenchOptions, type Measurements, measure } from '../../src/bench/bench.ts'
import { singleRequestScenario } from '../../src/bench/ad-hoc-scenario.ts'
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
  const { message } = await refusal({ kind: 'bundled', settings })
  assert.match(message, /UPSTREAMS names real ones/)
})

/** Two phases of five requests, the first one not measured, against a server that notes their paths in order. */
async function pathsOf(
  repeat: number,
): Promise<{ readonly paths: readonly string[]; readonly measured: Measurements }> {
  const paths: string[] = []
  const server = createServer((request, response) => {
    // Looks at whether it is there are not part of a phase.
    if (request.url?.startsWith('/items/') === true) paths.push(request.url)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const scenario = singleRequestScenario({ name: 'GET', method: 'GET', path: '/items/{{uuid}}', headers: {} })
    const load = { kind: 'closed' as const, connections: 1, requests: 5, duration: 30_000 }
    const phases = [
      { ...load, name: 'warm-up', measured: false },
      { ...load, name: 'measured', measured: true },
    ]
    const target = { kind: 'url' as const, url: new URL(`http://127.0.0.1:${port}/`), insecure: false }
    const options = { ...COMMON, placement: 'shared' as const, repeat, scenario: { ...scenario, phases }, target }
    const measured = await measure(options, () => undefined, new AbortController().signal)
    return { paths, measured }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('no phase sends the drawn values of another one, and the same run sends the same ones again', async () => {
  const { paths, measured } = await pathsOf(2)
  assert.equal(measured.failure, undefined)
  assert.deepEqual([measured.outcomes.length, paths.length, new Set(paths).size], [2, 20, 20])
  assert.deepEqual((await pathsOf(1)).paths, paths.slice(0, 10))
})

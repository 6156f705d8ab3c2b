import assert from 'node:assert/strict'
import { test } from 'node:test'

import { address } from '../../src/cli/flags.ts'
import type { RunFlags } from '../../src/cli/run-flags.ts'
import { resolveRunOptions } from '../../src/cli/run-options.ts'
import { ScenarioError } from '../../src/core/errors.ts'

const DEFAULTS: RunFlags = { repeat: 1, placement: 'auto', generators: 1, seed: 1, color: true }

async function workersOf(flags: Partial<RunFlags>): Promise<unknown> {
  const { target } = await resolveRunOptions('overload', { ...DEFAULTS, ...flags })
  assert.ok(target.kind === 'bundled')
  const { value, origin } = target.settings.get('WEB_CONCURRENCY') ?? {}
  return [value, origin]
}

test('-w goes before the workers that a scenario sets, also as auto', async () => {
  assert.deepEqual(await workersOf({}), [1, 'file'])
  assert.deepEqual(await workersOf({ workers: 2 }), [2, 'flag'])
  assert.deepEqual(await workersOf({ workers: 'auto' }), ['auto', 'flag'])
})

test('-w goes before --set', async () => {
  assert.deepEqual(await workersOf({ workers: 'auto', set: { WEB_CONCURRENCY: '3' } }), ['auto', 'flag'])
})

test('a long path is sent as it is, under a name that is cut', async () => {
  const path = `/${'a'.repeat(300)}`
  const { scenario } = await resolveRunOptions(undefined, { ...DEFAULTS, url: address(`http://127.0.0.1:9${path}`) })
  const [request] = scenario.requests
  assert.equal(request?.path, path)
  assert.equal(request?.name?.length, 200)
})

test('a method that cannot be sent is refused with those that can', async () => {
  const url = address('http://127.0.0.1:9/')
  for (const method of ['GETT', 'CONNECT', '', 'G T']) {
    await assert.rejects(
      resolveRunOptions(undefined, { ...DEFAULTS, url, method }),
      (error) => error instanceof ScenarioError && /method must be one of GET, HEAD, POST/.test(error.message),
    )
  }
})

test('a database that the shell names is loaded only when it is meant for tune', async (t) => {
  const url = 'postgres://user@127.0.0.1:5432/production'
  for (const [name, expected] of [
    ['DATABASE_URL', ''],
    ['TUNE_DATABASE_URL', url],
  ] as const) {
    process.env[name] = url
    t.after(() => delete process.env[name])
    const { target } = await resolveRunOptions('overload', DEFAULTS)
    assert.ok(target.kind === 'bundled')
    assert.equal(target.settings.get('DATABASE_URL')?.value, expected, name)
    delete process.env[name]
  }
})

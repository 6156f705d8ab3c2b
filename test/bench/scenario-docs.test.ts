import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { loadScenario, parseScenario } from '../../src/bench/scenario-file.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const PAGE = readFileSync(new URL('../../docs/scenarios.md', import.meta.url), 'utf8')
const [WHOLE = '', ...PARTS] = [...PAGE.matchAll(/^```yaml\n([^]*?)^```$/gm)].map((match) => String(match[1]))

test('the example of the page is a scenario', () => {
  assert.equal(parseScenario(WHOLE, 'docs/scenarios.md').name, 'checkout')
})

/** The lines of a part that are phases, requests or more, put where they belong. */
function completed(part: string): string {
  const phases = '  - { name: saturate, kind: closed, connections: 1, duration: 1s }\n'
  const head = 'name: part\ndescription: a part of the page\n'
  const isPhases = /kind: /.test(part)
  const requests = part.startsWith('requests:') || /^data:/m.test(part) ? part : `requests:\n${part}`
  return isPhases ? `${head}requests: [{ path: / }]\nphases:\n${phases}${part}` : `${head}phases:\n${phases}${requests}`
}

for (const part of PARTS) {
  const first = part.split('\n')[0]?.trim()
  test(`the part of the page that begins with "${first}" is right`, () => {
    const text = completed(part).replace('file: users.csv', 'rows: [{ email: a, password: b }]')
    assert.ok(parseScenario(text, 'docs/scenarios.md').requests.length > 0)
  })
}

test('the page has parts about each feature', () => {
  for (const word of [
    'capture:',
    'data:',
    'steps:',
    'spikes:',
    'kind: users',
    'faults:',
    'requests: 120000',
    'status: [',
  ]) {
    assert.ok(
      PARTS.some((part) => part.includes(word)),
      word,
    )
  }
})

test('the module of the page is a scenario', async () => {
  const code = /^```ts\n([^]*?)^```$/m.exec(PAGE)?.[1]
  assert.ok(code !== undefined)
  const file = join(temporaryFolder('docs'), 'orders.ts')
  writeFileSync(file, code)
  const scenario = await loadScenario(file)
  assert.equal(scenario.name, 'orders')
  assert.notEqual(scenario.module, undefined)
})

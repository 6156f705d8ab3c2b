import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { Ajv } from 'ajv'
import { parse } from 'yaml'

import { bundledScenarioNames, loadScenario, parseScenario } from '../../src/bench/scenario-file.ts'
import { ScenarioError, UsageError } from '../../src/core/errors.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const VALID = `name: probe
description: one request
requests: [{ path: / }]
phases: [{ name: only, kind: closed, connections: 2, duration: 1s }]
`

test('every bundled scenario is valid and is named like its file', async () => {
  const names = await bundledScenarioNames()
  assert.ok(names.includes('mixed'))
  for (const name of names) assert.equal((await loadScenario(name)).name, name)
})

test('every bundled scenario satisfies the published schema that editors check with', async () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../docs/schema/scenario.v1.json', import.meta.url), 'utf8'),
  ) as object
  const validate = new Ajv({ strict: false }).compile(schema)
  for (const name of await bundledScenarioNames()) {
    const text = readFileSync(new URL(`../../scenarios/${name}.yaml`, import.meta.url), 'utf8')
    assert.match(text, /^# yaml-language-server: \$schema=\.\.\/docs\/schema\/scenario\.v1\.json\n/, name)
    assert.ok(validate(parse(text)), `${name}: ${JSON.stringify(validate.errors)}`)
  }
  assert.ok(!validate({ name: 'x', description: 'x', requests: [{ pth: '/' }], phases: [] }), 'the schema refuses')
})

test('every bundled scenario says what to look for', async () => {
  for (const name of await bundledScenarioNames()) assert.ok((await loadScenario(name)).lookFor !== undefined, name)
})

test('defaults are applied and times become milliseconds', () => {
  const scenario = parseScenario(VALID, 'probe.yaml')
  assert.deepEqual(scenario.phases[0], {
    name: 'only',
    kind: 'closed',
    connections: 2,
    duration: 1_000,
    measured: true,
  })
  assert.deepEqual(scenario.requests[0], { method: 'GET', path: '/', headers: {}, weight: 1, expect: {} })
})

test('three mistakes give three lines, each with its place, its value and the nearest key', () => {
  const text = VALID.replace('{ path: / }', '{ pth: / }')
    .replace('connections: 2', 'connections: -1')
    .replace('1s', 'soon')
  assert.throws(
    () => parseScenario(text, 'probe.yaml'),
    (error) => {
      assert.ok(error instanceof ScenarioError)
      const [head, ...problems] = error.message.split('\n')
      assert.match(String(head), /probe\.yaml has 3 problems/)
      assert.match(error.message, /line 3, column 14: requests\[0\]\.pth is not a known key; did you mean "path"\?/)
      assert.match(error.message, /line 4, column \d+: phases\[0\]\.connections .*-1/)
      assert.match(error.message, /line 4, column \d+: phases\[0\]\.duration .*"soon"/)
      assert.equal(problems.length, 3)
      return true
    },
  )
})

for (const [what, text] of [
  ['requests', VALID.replace(/requests:.*\n/, `requests:\n${'- x\n'.repeat(900)}`)],
  ['keys', VALID + Array.from({ length: 900 }, (_, index) => `k${index}: 1\n`).join('')],
] as const) {
  test(`of very many wrong ${what} the first twenty are told, and how many more there are`, () => {
    assert.throws(
      () => parseScenario(text, 'probe.yaml'),
      (error) => {
        assert.ok(error instanceof ScenarioError)
        const lines = error.message.split('\n')
        assert.match(String(lines[0]), /probe\.yaml has 900 problems/)
        assert.match(String(lines[1]), /requests\[0\]|k0 is not a known key/)
        assert.equal(lines.at(-1), '  … and 880 more')
        assert.equal(lines.length, 22)
        return true
      },
    )
  })
}

test('a file that is too large, a folder and what is no text are refused by their path', async () => {
  const folder = temporaryFolder('scenario')
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const large = file('large.yaml', '')
  truncateSync(large, 2 ** 33) // sparse: nothing could read it as one text
  await assert.rejects(loadScenario(large), /large\.yaml" is larger than 1 MiB/)
  await assert.rejects(loadScenario(`${folder}/`), /cannot be read/)
  await assert.rejects(loadScenario(file('zero.yaml', 'a: 1\nb\0')), /zero\.yaml, line 2: is a binary file/)
  await assert.rejects(
    loadScenario(file('latin.yaml', Uint8Array.from([97, 10, 10, 0xe4]))),
    /latin\.yaml, line 3: is not UTF-8 text/,
  )
})

test('a rate that refers to a later phase is refused', () => {
  const text = VALID.replace(/phases:.*/, 'phases: [{ name: a, kind: open, rate: 60% of b, duration: 1s }]')
  assert.throws(() => parseScenario(text, 'x.yaml'), /refers to the phase "b", which does not come before it/)
})

test('two phases of one name are refused, and so is a scenario that measures nothing', () => {
  const twice = VALID.replace(
    /phases:.*/,
    'phases: [{ name: a, kind: closed, connections: 1, duration: 1s, measured: false }, { name: a, kind: closed, connections: 1, duration: 1s, measured: false }]',
  )
  assert.throws(
    () => parseScenario(twice, 'x.yaml'),
    /"a" names two phases[\s\S]*no measured phase|no measured phase[\s\S]*"a" names two phases/,
  )
})

test('text that is not YAML is refused with its place', () => {
  assert.throws(
    () => parseScenario('name: [', 'x.yaml'),
    (error) => error instanceof ScenarioError && /line \d/.test(error.message),
  )
})

test('an unknown scenario is refused with the nearest name', async () => {
  await assert.rejects(
    loadScenario('mixd'),
    (error) => error instanceof UsageError && error.message.includes('did you mean "mixed"'),
  )
})

test('a scenario file that does not exist is refused by its path', async () => {
  await assert.rejects(loadScenario('./no/such.yaml'), /"\.\/no\/such\.yaml" does not exist/)
})

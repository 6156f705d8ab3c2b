import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { loadScenario, parseScenario } from '../../src/bench/scenario-file.ts'
import { ScenarioError, UsageError } from '../../src/core/errors.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const VALID = `name: probe
description: one request
requests: [{ path: / }]
phases: [{ name: only, kind: closed, connections: 2, duration: 1s }]
`
const folder = temporaryFolder('source')

function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

/** Texts that are no scenario, and what the message must say. */
const NO_SCENARIO: readonly (readonly [string, string, RegExp])[] = [
  ['an empty file', '', /line 1, column 1: the document is empty/],
  ['a file of comments', '# nothing\n', /the document is empty/],
  ['a single word', 'hello', /line 1, column 1: the document must be a group of keys/],
  ['a list', '- a\n- b\n', /the document must be a group of keys/],
  ['two documents', `${VALID}---\n${VALID}`, /line 5, column 1: a second document begins/],
  ['a key that stands twice', `${VALID}name: again\n`, /line 5, column 1: the same key stands twice/],
  ['indentation by tabs', VALID.replace('phases: ', 'phases:\n\t- '), /line 5, column 1: tabs are not allowed/],
  ['a quote without end', VALID.replace('one request', '"one request'), /line 2, column 14: a quote is opened here/],
  ['a bracket without end', VALID.replace('/ }]', '/ }'), /line 3, column 11: a bracket is opened here/],
  ['an alias without anchor', VALID.replace('one request', '*one'), /line 2, column 14: aliases such as \*one are not/],
  [
    'aliases that multiply',
    `a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n`,
    /line 2, column 8: aliases[^]*line 3, column 8: aliases/,
  ],
  ['a list in itself', 'a: &a [*a]\n', /line 1, column 8: aliases/],
  [
    'a merge key',
    VALID.replace('{ path: / }', '{ <<: { path: / } }'),
    /line 3, column 14: requests\[0\]\.<< is not a known key/,
  ],
  [
    'a header that the engines set',
    VALID.replace('path: /', 'path: /, headers: { Content-Length: "5" }'),
    /line 3, column 34: requests\[0\]\.headers\.Content-Length is set by tune itself/,
  ],
  ['a tag', VALID.replace('one request', '!odd x'), /line 2, column 14: Unresolved tag: !odd/],
  ['bytes by a tag', VALID.replace('one request', '!!binary aGk='), /line 2, column 23: description must be a text/],
  [
    'a name that objects have anyway',
    `${VALID}__proto__: { x: 1 }\n`,
    /line 5, column 1: __proto__ is not a known key/,
  ],
]

for (const [what, text, expected] of NO_SCENARIO) {
  test(`${what} is refused with its place`, () => {
    assert.throws(
      () => parseScenario(text, 'x.yaml'),
      (error) => error instanceof ScenarioError && expected.test(error.message) && error.hint !== undefined,
      expected.source,
    )
  })
}

test('a byte order mark and CRLF change nothing', () => {
  assert.deepEqual(parseScenario(`\uFEFF${VALID.replaceAll('\n', '\r\n')}`, 'x.yaml'), parseScenario(VALID, 'x.yaml'))
})

test('JSON is read as well', () => {
  const json = JSON.stringify({
    name: 'probe',
    description: 'one request',
    requests: [{ path: '/' }],
    phases: [{ name: 'only', kind: 'closed', connections: 2, duration: '1s' }],
  })
  assert.deepEqual(parseScenario(json, 'x.json'), parseScenario(VALID, 'x.yaml'))
})

test('a binary file and one that is not UTF-8 are refused with the line', async () => {
  const binary = fileOf('binary.yaml', 'name: a\nb: \0\n')
  const latin = fileOf('latin.yaml', Buffer.from('name: a\n\ndescription: caf\xE9\n', 'latin1'))
  await assert.rejects(
    loadScenario(binary),
    (error) => error instanceof ScenarioError && /line 2: is a binary/.test(error.message),
  )
  await assert.rejects(
    loadScenario(latin),
    (error) => error instanceof ScenarioError && /line 3: is not UTF-8/.test(error.message),
  )
})

test('a file of more than 1 MiB is refused', async () => {
  const file = fileOf('large.yaml', `${VALID}# ${'x'.repeat(1_048_576)}\n`)
  await assert.rejects(loadScenario(file), (error) => error instanceof UsageError && /1 MiB/.test(error.message))
})

test('a misspelt key that must be there is one problem, not two', () => {
  assert.throws(
    () => parseScenario(VALID.replace('kind', 'kinde'), 'x.yaml'),
    (error) => {
      assert.ok(error instanceof ScenarioError)
      assert.match(
        error.message,
        /has 1 problem:\n {2}line 4, column 24: phases\[0\]\.kinde is not a known key; did you mean "kind"\?$/,
      )
      return true
    },
  )
})

test('keys of another kind of phase are not suggested', () => {
  assert.throws(
    () => parseScenario(VALID.replace('connections: 2', 'connections: 2, userz: 5'), 'x.yaml'),
    /phases\[0\]\.userz is not a known key; allowed: name, kind, connections, requests, duration, measured, faults/,
  )
})

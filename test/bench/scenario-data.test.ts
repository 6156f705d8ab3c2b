import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { loadScenario, parseScenario } from '../../src/bench/scenario-file.ts'
import { ScenarioError } from '../../src/core/errors.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder('data')

/** A scenario beside which a data file of this content lies; line 3 names the file, line 4 uses `{{users.id}}`. */
function scenarioWithData(name: string, content: string | Uint8Array, pick = 'in-order'): string {
  writeFileSync(join(folder, name), content)
  return `name: probe
description: rows
data: { users: { file: ${name}, pick: ${pick} } }
requests: [{ path: "/{{users.id}}" }]
phases: [{ name: only, kind: closed, connections: 2, duration: 1s }]
`
}

function rowsOf(name: string, content: string): unknown {
  return parseScenario(scenarioWithData(name, content), join(folder, 'probe.yaml')).data['users']?.rows
}

function refusalOf(name: string, content: string | Uint8Array): string {
  try {
    parseScenario(scenarioWithData(name, content), join(folder, 'probe.yaml'))
  } catch (error) {
    assert.ok(error instanceof ScenarioError, String(error))
    return error.message
  }
  return ''
}

test('a CSV file beside the scenario gives rows by column, with quotes, CRLF and a byte order mark', () => {
  // RFC 4180, section 2: fields with line breaks, commas and doubled quotes
  const rows = rowsOf('quoted.csv', '\uFEFFid,name\r\n1,"Doe, ""J"""\r\n2,"two\r\nlines"\r\n\r\n')
  assert.deepEqual(rows, [
    { id: '1', name: 'Doe, "J"' },
    { id: '2', name: 'two\r\nlines' },
  ])
})

test('JSON lines give rows, with numbers and booleans as texts', () => {
  assert.deepEqual(rowsOf('rows.jsonl', '{"id":1,"vip":true}\n\n{"id":"b","vip":false}\n'), [
    { id: '1', vip: 'true' },
    { id: 'b', vip: 'false' },
  ])
})

test('a data file is looked for beside the scenario, wherever the command runs', async () => {
  const file = join(folder, 'beside.yaml')
  writeFileSync(file, scenarioWithData('beside.csv', 'id\n7\n', 'random'))
  assert.deepEqual((await loadScenario(file)).data, { users: { rows: [{ id: '7' }], pick: 'random' } })
})

test('rows may stand in the scenario itself', () => {
  const text = scenarioWithData('unused.csv', 'id\n1\n').replace('file: unused.csv', 'rows: [{ id: 1 }, { id: x }]')
  assert.deepEqual(parseScenario(text, 'x.yaml').data['users']?.rows, [{ id: '1' }, { id: 'x' }])
})

/** Data files that cannot be used, and what the message says beside line 3. */
const UNUSABLE: readonly (readonly [string, string, string | Uint8Array, RegExp])[] = [
  ['without rows', 'none.csv', 'id,name\n', /without rows/],
  ['whose rows differ in length', 'ragged.csv', 'id,name\n1\n', /no CSV: .*line 2/],
  ['with two columns of one name', 'twice.csv', 'id,id\n1,2\n', /two columns "id"/],
  ['with a column that has no name', 'unnamed.csv', 'id,\n1,2\n', /column 2 has no name/],
  ['that is not UTF-8', 'latin.csv', Buffer.from('id\ncaf\xE9\n', 'latin1'), /not UTF-8/],
  ['whose second line is no JSON', 'broken.jsonl', '{"id":1}\n{"id"\n', /line 2 is no JSON/],
  ['whose line is a list', 'list.jsonl', '[1]\n', /line 1 is no object/],
  ['whose value is an object', 'deep.jsonl', '{"id":{}}\n', /line 1 has no text, number or boolean as "id"/],
  ['of more than 10 MiB', 'large.csv', `id\n${'x\n'.repeat(5_242_881)}`, /more than 10 MiB/],
]

for (const [what, name, content, expected] of UNUSABLE) {
  test(`a data file ${what} is refused at the line that names it`, () => {
    const message = refusalOf(name, content)
    assert.match(message, /line 3, column \d+: data\.users\.file names a file/)
    assert.match(message, expected)
  })
}

test('a data file that does not exist is refused with the path that was tried', () => {
  const text = scenarioWithData('there.csv', 'id\n1\n').replace('there.csv', 'elsewhere.csv')
  assert.throws(
    () => parseScenario(text, join(folder, 'probe.yaml')),
    (error) => error instanceof ScenarioError && error.message.includes(join(folder, 'elsewhere.csv')),
  )
})

test('a column that the data set does not have is refused where it is used, with the nearest one', () => {
  assert.match(
    refusalOf('columns.csv', 'idd,name\n1,2\n'),
    /line 4, column \d+: requests\[0\]\.path uses \{\{users\.id\}\}, a column that not every row has; did you mean "idd"\?/,
  )
})

test('a column that only some rows have is refused', () => {
  assert.match(
    refusalOf('some.jsonl', '{"id":1}\n{"no":2}\n'),
    /uses \{\{users\.id\}\}, a column that not every row has/,
  )
})

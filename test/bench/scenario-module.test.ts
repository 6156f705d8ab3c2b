import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { planRequests } from '../../src/bench/planned-requests.ts'
import { loadScenario } from '../../src/bench/scenario-file.ts'
import { ScenarioError } from '../../src/core/errors.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder('module')

function moduleOf(name: string, code: string): string {
  const file = join(folder, name)
  writeFileSync(file, code)
  return file
}

const REST = `name: 'probe', description: 'from code', phases: [{ name: 'only', kind: 'closed', connections: 1, duration: '1s' }]`

test('a TypeScript module gives the same scenario as a file would', async () => {
  const file = moduleOf('plain.ts', `const path: string = '/a'\nexport default { ${REST}, requests: [{ path }] }\n`)
  const scenario = await loadScenario(file)
  assert.equal(scenario.requests[0]?.path, '/a')
  assert.equal(scenario.module, undefined, 'without functions the generator need not import it')
})

test('functions in requests are left to the generator, which is told the URL of the module', async () => {
  const file = moduleOf(
    'functions.mjs',
    `export default { ${REST}, requests: [
      { path: ({ index }) => '/' + index, headers: { 'x-a': () => 'b', 'x-c': 'd' }, body: () => ({}), method: 'POST',
        expect: { status: 200, check: ({ body }) => body.length > 0 } } ] }`,
  )
  const scenario = await loadScenario(file)
  assert.equal(scenario.module, pathToFileURL(file).href)
  const [request] = planRequests(scenario)
  assert.equal(request?.headers['x-c'], 'd')
  assert.deepEqual(request?.expect, { status: [200] })
})

/** Modules that cannot be used, and what the message says beside the name of the file. */
const UNUSABLE: readonly (readonly [string, string, string, RegExp])[] = [
  ['that does not parse', 'syntax.mjs', 'export default {', /cannot be imported: /],
  ['that throws', 'throws.mjs', `throw new Error('no luck')`, /cannot be imported: no luck/],
  ['that needs a module which is not there', 'needs.mjs', `import 'no-such-package-at-all'`, /no-such-package-at-all/],
  ['without a default export', 'named.mjs', 'export const scenario = {}', /has no default export/],
  ['whose default export is a list', 'list.mjs', 'export default []', /a default export that is a list/],
  [
    'whose default export is a function',
    'function.mjs',
    'export default () => 1',
    /a default export that is a function/,
  ],
  [
    'with a misspelt key',
    'typo.mjs',
    `export default { ${REST}, requests: [{ path: '/', wieght: 2 }] }`,
    /requests\[0\]\.wieght is not a known key; did you mean "weight"\?/,
  ],
  [
    'with a function where none may be',
    'where.mjs',
    `export default { ${REST}, requests: [{ path: '/', weight: () => 2 }] }`,
    /requests\[0\]\.weight must be a number \(found a function\)/,
  ],
  [
    'whose check is no function',
    'check.mjs',
    `export default { ${REST}, requests: [{ path: '/', expect: { check: 5 } }] }`,
    /requests\[0\]\.expect\.check is not a known key/,
  ],
]

for (const [what, name, code, expected] of UNUSABLE) {
  test(`a module ${what} is refused by its name`, async () => {
    const file = moduleOf(name, code)
    await assert.rejects(loadScenario(file), (error) => {
      assert.ok(error instanceof ScenarioError, String(error))
      assert.ok(error.message.startsWith(file))
      assert.match(error.message, expected)
      return true
    })
  })
}

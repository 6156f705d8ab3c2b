import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'

import { runTune } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder('scenarios')
const VALID = `name: probe
description: one request
requests: [{ path: / }]
phases: [{ name: only, kind: closed, connections: 2, duration: 1s }]
`

test('tune scenarios lists every bundled scenario with a sentence', async () => {
  const { code, stdout } = await runTune(['scenarios'])
  assert.equal(code, 0)
  const files = readdirSync(new URL('../../scenarios/', import.meta.url))
  const names = files.filter((file) => file.endsWith('.yaml')).map((file) => basename(file, '.yaml'))
  assert.ok(names.includes('mixed'))
  for (const name of names) {
    assert.match(stdout, new RegExp(`^${name} +\\S.*[.]$`, 'm'))
  }
})

test('tune scenarios breaker tells phases, faults, settings, what to look for and how to run it', async () => {
  const { code, stdout } = await runTune(['scenarios', 'breaker'])
  assert.equal(code, 0)
  assert.match(stdout, /^breaker: Both upstreams/)
  assert.match(stdout, /Look for\n {2}three stages/)
  assert.match(stdout, /breaker: open, 100\/s, uniform, 18 s/)
  assert.match(stdout, /breaker: secondary answers 100 % with 500, from 5 s to 10 s/)
  assert.match(stdout, /CB_RECOVERY_TIMEOUT=2/)
  assert.match(stdout, /npx tune bench breaker\n$/)
})

test('tune scenarios shows a file as it does a bundled one', async () => {
  const file = join(folder, 'mine.yaml')
  writeFileSync(file, VALID)
  const { code, stdout } = await runTune(['scenarios', file])
  assert.equal(code, 0)
  assert.match(stdout, /probe: one request\nRequests\n {2}100 % {2}GET \//)
})

/** Files that are wrong, and the line and key that must be named. */
const WRONG: readonly (readonly [string, string, RegExp])[] = [
  ['typo.yaml', VALID.replace('kind', 'kinde'), /line 4, column \d+: phases\[0\]\.kinde .*"kind"/],
  ['quote.yaml', VALID.replace('one', '"one'), /line 2, column \d+: a quote is opened here/],
  [
    'fault.yaml',
    VALID.replace('1s }', '1s, faults: [{ upstream: primary, from: 1s, to: 2s, silence: hang }] }'),
    /line 4, column \d+: phases\[0\]\.faults\[0\]\.to lies after the phase/,
  ],
  [
    'template.yaml',
    VALID.replace('path: /', 'path: "/{{nobody.id}}"'),
    /line 3, column \d+: requests\[0\]\.path uses the data set "nobody"/,
  ],
  [
    'environment.yaml',
    VALID.replace('path: /', 'path: "/{{env.TUNE_NO_SUCH_VARIABLE}}"'),
    /environment variable TUNE_NO_SUCH_VARIABLE, which is not set/,
  ],
  ['throws.mjs', `throw new Error('no luck')`, /throws\.mjs cannot be imported: no luck/],
]

for (const [name, text, expected] of WRONG) {
  test(`${name} is refused with exit code 2 before anything is started`, async () => {
    const file = join(folder, name)
    writeFileSync(file, text)
    const { code, stdout, stderr } = await runTune(['bench', file])
    assert.equal(code, 2, stderr)
    assert.equal(stdout, '')
    assert.match(stderr, expected)
    assert.doesNotMatch(stderr, /\n\s+at .*\.js:\d+/, 'a wrong value must not print a stack')
    assert.doesNotMatch(stderr, /bundled server|CPUs|http:\/\/127/, 'nothing was started')
  })
}

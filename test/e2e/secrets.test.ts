import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import type { Report } from '../../src/core/report.ts'
import { runTune } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SCRIPT = fileURLToPath(new URL('../support/target-command.ts', import.meta.url))
const SECRET = 'hunter2-c0rrect-horse'
const folder = temporaryFolder('secrets')
const headerFile = join(folder, 'headers.txt')
writeFileSync(headerFile, `# the test account\nx-api-key: ${SECRET}\n`)
const environment = { TOKEN: SECRET, TUNE_TEST_PASSWORD: SECRET }

test('secrets reach the target, and stand in no output of any kind', async () => {
  const files = ['json', 'html', 'md', 'xml', 'csv', 'prom', 'hgrm', 'ndjson'].map((kind) =>
    join(folder, `all.${kind}`),
  )
  const seen = join(folder, 'seen.json')
  const { code, stdout, stderr } = await runTune(
    [
      'bench',
      '--cmd',
      `'${process.execPath}' '${SCRIPT}' record`,
      '--port',
      '0',
      '--env',
      'PORT={port}',
      '--env',
      'DB_PASSWORD={{env.TUNE_TEST_PASSWORD}}',
      '--env',
      `RECORD_FILE=${seen}`,
      '--env',
      `DATABASE_URL=postgres://app:${SECRET}@127.0.0.1/items`,
      '--env',
      `API_TOKEN=${SECRET}`,
      '-H',
      'authorization: Bearer {{env.TOKEN}}',
      '-H',
      `@${headerFile}`,
      '-H',
      'accept: text/html',
      '-c',
      '1',
      '-d',
      '500ms',
      '--warm-up',
      '0',
      ...files.flatMap((file) => ['-o', file]),
    ],
    { env: environment },
  )
  assert.ok(code === 0 || code === 4, stderr)
  const record = JSON.parse(readFileSync(seen, 'utf8')) as {
    headers: Record<string, string>
    environment: Record<string, string>
  }
  assert.equal(record.headers['authorization'], `Bearer ${SECRET}`)
  assert.equal(record.headers['x-api-key'], SECRET)
  assert.equal(record.headers['accept'], 'text/html')
  assert.equal(record.environment['DB_PASSWORD'], SECRET)
  for (const [name, text] of [
    ['stdout', stdout],
    ['stderr', stderr],
    ...files.map((file) => [file, readFileSync(file, 'utf8')] as const),
  ] as const) {
    assert.ok(!text.includes(SECRET), `${name} holds the secret`)
  }
  const report = JSON.parse(readFileSync(files[0] ?? '', 'utf8')) as Report
  assert.match(report.command, /'authorization: Bearer \{\{env\.TOKEN\}\}'/)
  assert.match(report.command, /accept: text\/html/)
  assert.equal(report.target.settings['DB_PASSWORD'], '***')
  assert.equal(report.target.settings['API_TOKEN'], '***')
  assert.equal(report.target.settings['DATABASE_URL'], 'postgres://***@127.0.0.1/items')
})

test('a command that prints its secret when it fails does not give it away', async () => {
  const { code, stdout, stderr } = await runTune(
    [
      'bench',
      '--cmd',
      `'${process.execPath}' '${SCRIPT}' tell=DB_PASSWORD`,
      '--port',
      '0',
      '--env',
      'PORT={port}',
      '--env',
      'DB_PASSWORD={{env.TUNE_TEST_PASSWORD}}',
    ],
    { env: environment },
  )
  assert.equal(code, 3)
  assert.match(stderr, /the password is \*\*\*/)
  assert.ok(!(stdout + stderr).includes(SECRET))
})

/** Arguments that hold or miss a secret, and what the one message must say. */
const REFUSED: readonly (readonly [readonly string[], ...RegExp[]])[] = [
  [['-H', `authorization: Bearer ${SECRET}`], /authorization/, /\{\{env\.TOKEN\}\}/, /-H @headers\.txt/],
  [['-H', `x-auth-token: ${SECRET}`], /x-auth-token/, /-H @headers\.txt/],
  [['-H', `cookie ${SECRET}`], /name: value/],
  [['-H', 'authorization: Bearer {{env.TUNE_TEST_NONE}}'], /TUNE_TEST_NONE is not set/],
  [['--url', `http://app:${SECRET}@127.0.0.1/`], /--url must not hold a user name or password/],
]

for (const [index, [args, ...expected]] of REFUSED.entries()) {
  test(`a wrong use of a secret is refused without repeating it (${index + 1}: ${args[0]})`, async () => {
    const url = args[0] === '--url' ? [] : ['--url', 'http://127.0.0.1:9/']
    const { code, stdout, stderr } = await runTune(['bench', ...url, ...args])
    assert.equal(code, 2, stderr)
    assert.equal(stdout, '')
    for (const pattern of expected) assert.match(stderr, pattern)
    assert.ok(!stderr.includes(SECRET))
  })
}

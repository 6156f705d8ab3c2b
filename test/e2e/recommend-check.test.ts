import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { DOCUMENT_PRESETS } from '../sizing/settings-lint/document-presets.ts'
import { runTune } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder('recommend')

/** Writes a file of the folder, and gives its path. */
function fileOf(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function dotenv(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value} # of a document\n`)
    .join('')
}

const large = fileOf('large.env', dotenv(DOCUMENT_PRESETS.large))
const small = fileOf('small.env', dotenv(DOCUMENT_PRESETS.small))

test('tune recommend --check says with exit code 1 that the large preset opens 480 connections', async () => {
  const { code, stdout, stderr } = await runTune(['recommend', '--check', large, '--cpus', '8', '--memory', '16GiB'])
  assert.equal(code, 1, stderr)
  assert.equal(stderr, '')
  assert.match(stdout, /given +8 CPUs, 16 GiB of memory/)
  assert.match(stdout, /assumed .*100 connections to the database, as\s+PostgreSQL ships/)
  assert.match(stdout, /WRONG\n {2}database-connections: WORKERS_PER_CORE=2 MAX_WORKERS=16/)
  assert.match(stdout, /16 workers × \(20 \+ 10\) = 480 connections/)
  assert.match(stdout, /→ {2}let size \+ overflow be at most 3 for each worker/)
  assert.match(stdout, /\n1 wrong, 0 doubtful, 0 info; 5 settings judged\n$/)
})

test('tune recommend --check ends with 0 where nothing is wrong, and takes this machine where none is told', async () => {
  const { code, stdout } = await runTune(['recommend', '--check', small, '--cpus', '2'])
  assert.equal(code, 0)
  assert.match(stdout, /this machine +.* of memory \(--memory\)/)
  assert.match(stdout, /not told +--rate, --p50, --p95/)
  assert.match(stdout, /nothing to say of 5 settings\n$/)
  const doubtful = await runTune(['recommend', '--check', fileOf('doubt.env', 'CACHE_TTL=24h\n')])
  assert.equal(doubtful.code, 0)
  assert.match(doubtful.stdout, /\n0 wrong, 1 doubtful, 0 info; 1 setting judged\n$/)
})

test('what users expect is held against the settings: 100 users are 49 requests/s', async () => {
  const expected = ['--rate', '500', '--p50', '50ms', '--users', '100', '--think-time', '2s']
  const { code, stdout } = await runTune(['recommend', '--check', small, '--cpus', '2', ...expected])
  assert.equal(code, 1)
  assert.match(stdout, /500\/s expected, p50 50\.0 ms, 100 users, 2 s between their requests/)
  assert.match(stdout, /100 users \/ \(50 ms response \+ 2 s thinking\) = 48\.8\/s/)
})

test('tune recommend --check --json prints one document, also when something is wrong', async () => {
  const { code, stdout } = await runTune(['recommend', '--check', large, '--cpus', '8', '--json'])
  assert.equal(code, 1)
  const { schema, counts, judged, facts, findings } = JSON.parse(stdout) as Record<string, unknown>
  assert.equal(schema, 'tune.lint/v1')
  assert.deepEqual(counts, { wrong: 1, doubtful: 0, info: 0 })
  assert.equal(judged, 5)
  assert.deepEqual((facts as readonly unknown[])[0], {
    flag: '--cpus',
    value: 8,
    unit: 'CPUs',
    text: '8 CPUs',
    source: 'given',
  })
  const [finding] = findings as readonly { readonly rule: string; readonly settings: readonly unknown[] }[]
  assert.equal(finding?.rule, 'database-connections')
  assert.deepEqual(finding?.settings[0], { name: 'WORKERS_PER_CORE', value: '2' })
})

test('lines that cannot be read are told by number, and neither secrets nor escape sequences are printed', async () => {
  const text =
    'CACHE_TTL=60\npassword: hush1\nSECRET_KEY=hush2\nDATABASE_URL=mysql://u:hush3@db/x\nCACHE_TTL=90\nKEEP_ALIVE=\u001B[2J5\n'
  const { stdout } = await runTune(['recommend', '--check', fileOf('odd.env', text)])
  assert.match(stdout, /line 2 is not NAME=VALUE; line 5 gives CACHE_TTL again, after line 1/)
  assert.match(stdout, /value: KEEP_ALIVE=5/)
  assert.doesNotMatch(stdout, /hush/)
  assert.ok(!stdout.includes('\u001B'))
})

/** Arguments, and what the message must say. */
const REFUSED: readonly (readonly [readonly string[], ...RegExp[]])[] = [
  [['--target-cpus', '4'], /--target-cpus would do nothing without --from/],
  [['--memory', '1GiB', '--quick'], /--memory would do nothing without --check/],
  [['--quick', '--thorough'], /--quick and --thorough/, /one of them/],
  [['mixed', '--check', small], /the scenario "mixed" would do nothing beside --check/],
  [['--check', small, '--quick'], /--quick would do nothing beside --check/],
  [['--check', small, '--from', 'report.json'], /--check/, /--from/, /one of them/],
  [['--check', small, '--target-cpus', '4'], /--target-cpus would do nothing beside --check/, /--cpus/],
  [['--from', 'report.json', '--cpus', '4', '--rate', '5'], /--cpus, --rate would do nothing/, /--target-cpus/],
  [['--check', small, '--think-time', '2s'], /--think-time .* without --users/],
  [['--check', small, '--users', '5'], /--users .* without --rate/],
  [['--check', small, '--p50', '5ms'], /--p50 .* without --rate/],
  [['--check', join(folder, 'none.env')], /none\.env cannot be read/, /NAME=VALUE/],
  [['--check', folder], /cannot be read/],
  [['--check', fileOf('empty.env', '')], /empty\.env holds no setting that tune knows/, /--print-settings/],
  [['--check', fileOf('foreign.env', 'PYTHONUNBUFFERED=1\n')], /holds no setting/],
  [['--check', small, '--memory', 'much'], /'much'/, /32GiB/],
  [['--check', small, '--replicas', '0'], /'0'/, /from 1 to/],
]

for (const [args, ...expected] of REFUSED) {
  test(`tune recommend ${args.join(' ').replaceAll(folder, '')} is refused with exit code 2`, async () => {
    const { code, stdout, stderr } = await runTune(['recommend', ...args])
    assert.equal(code, 2, stderr)
    assert.equal(stdout, '')
    for (const pattern of expected) assert.match(stderr, pattern)
    assert.doesNotMatch(stderr, /\n\s+at .*\.js:\d+/, 'a wrong value must not print a stack')
  })
}

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { runExport, unifiedDiff } from '../../src/cli/export-command.ts'
import { UsageError } from '../../src/core/errors.ts'
import { reportFixture } from '../support/report-fixture.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function refusal(message: RegExp, hint: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UsageError, String(error))
    assert.match(error.message, message)
    assert.match(error.hint ?? '', hint)
    return true
  }
}

test('an unknown kind is refused with the kinds that there are, and the one that was meant', async () => {
  const kinds = /^known: env compose k8s pm2 systemd gunicorn alerts$/
  await assert.rejects(
    runExport('kubernetes', undefined, { from: '/nowhere' }),
    refusal(/^"kubernetes" is not a known/, kinds),
  )
  await assert.rejects(runExport('compos', undefined, { from: '/nowhere' }), refusal(/did you mean compose\?$/, kinds))
})

test('--write without a file, and --force without --write, are refused before anything is read', async () => {
  const from = '/nowhere'
  await assert.rejects(
    runExport('env', undefined, { from, write: true }),
    refusal(/^--write needs the FILE/, /tune\.env/),
  )
  await assert.rejects(runExport('env', 'x.env', { from, force: true }), refusal(/^--force alone/, /add --write/))
})

test('a report that is none is refused, and so is a file that cannot be read', async () => {
  const folder = temporaryFolder('export')
  const from = join(folder, 'report.json')
  await assert.rejects(runExport('env', undefined, { from }), refusal(/report\.json: ENOENT/, /tune bench/))
  writeFileSync(from, JSON.stringify(reportFixture()))
  await assert.rejects(runExport('env', folder, { from }), refusal(/^cannot read .*EISDIR/, /can be read/))
})

test('what changes is shown as patch reads it, and a new file as made of nothing', () => {
  assert.equal(
    unifiedDiff('a.env', 'A=1\nB=2\n', 'A=1\nB=3\n'),
    '--- a.env\n+++ a.env\n@@ -1,2 +1,2 @@\n A=1\n-B=2\n+B=3\n',
  )
  assert.equal(unifiedDiff('a.env', null, 'A=1\n'), '--- /dev/null\n+++ a.env\n@@ -0,0 +1,1 @@\n+A=1\n')
})

test('on a terminal nothing in a file can command it', () => {
  const present = 'A=\u001B]0;title\u0007\u001B[31mred\n'
  const shown = unifiedDiff('a.env', present, 'A=1\n', true)
  assert.ok(!shown.includes('\u001B') && !shown.includes('\u0007'))
  assert.match(shown, /^-A=red$/m)
  assert.ok(unifiedDiff('a.env', present, 'A=1\n', false).includes(present))
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import type { Report } from '../../src/core/report.ts'
import { descendants, eventually, isAlive, startTune } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const LONG_RUN = ['bench', '-c', '5', '-d', '60s', '--warm-up', '200ms']
const folder = temporaryFolder('stop')

test('Ctrl-C prints the partial summary, writes the files, ends with 130 and leaves nothing running', async () => {
  const file = join(folder, 'partial.json')
  const tune = startTune([...LONG_RUN, '-o', file])
  await eventually('the measured phase shows figures', () => /closed: closed[\s\S]*\n.*\/s/.test(tune.stderr()), 15_000)
  const children = descendants(tune.pid)
  assert.ok(children.length >= 4, `server, worker, simulators and generator: ${children.length} processes`)
  tune.child.kill('SIGINT')
  const { code, stdout } = await tune.finished
  assert.equal(code, 130)
  assert.match(stdout, /PARTIAL/)
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  assert.ok(report.runs[0]?.interrupted)
  assert.ok(report.runs[0].requests.good > 0)
  await eventually('all children are gone', () => !children.some(isAlive), 2_000)
})

for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} ends the run with 143 and leaves nothing running`, async () => {
    const tune = startTune(LONG_RUN)
    await eventually('the run has begun', () => /warm-up/.test(tune.stderr()), 15_000)
    const children = descendants(tune.pid)
    tune.child.kill(signal)
    const { code } = await tune.finished
    assert.equal(code, 143)
    await eventually('all children are gone', () => !children.some(isAlive), 2_000)
  })
}

test('when tune is killed, server, simulators and generator end within 2 s', async () => {
  const tune = startTune(LONG_RUN)
  await eventually('the measured phase has begun', () => /closed: closed/.test(tune.stderr()), 15_000)
  const children = descendants(tune.pid)
  assert.ok(children.length >= 4)
  tune.child.kill('SIGKILL')
  await tune.finished
  await eventually('all children are gone', () => !children.some(isAlive), 2_000)
})

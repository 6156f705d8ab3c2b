import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import type { Report } from '../../src/core/report.ts'
import { descendants, eventually, isAlive, runTune, startTune } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SCRIPT = fileURLToPath(new URL('../support/target-command.ts', import.meta.url))
const SHORT = ['-c', '2', '-d', '500ms', '--warm-up', '0']
const folder = temporaryFolder('targets')

/** The flags of a command that listens wherever it is told to. */
function command(...behaviours: readonly string[]): readonly string[] {
  return ['--cmd', `'${process.execPath}' '${SCRIPT}' ${behaviours.join(' ')}`, '--port', '0', '--env', 'PORT={port}']
}

test('a command is started anew for each repetition, measured with its processes, and ended', async () => {
  const { code, stdout, stderr } = await runTune([
    'bench',
    ...command(),
    '--env',
    'WORKERS={workers}',
    '-w',
    '3',
    '--url',
    '/items',
    '--repeat',
    '2',
    '--json',
    ...SHORT,
  ])
  assert.ok(code === 0 || code === 4, stderr)
  const report = JSON.parse(stdout) as Report
  assert.equal(report.target.kind, 'command')
  assert.equal(report.target.workers, 3)
  assert.deepEqual(report.target.settings, { PORT: '{port}', WORKERS: '{workers}' })
  const [first, second] = report.runs
  assert.ok(first !== undefined && second !== undefined)
  assert.deepEqual(
    first.routes.map(({ name }) => name),
    ['GET /items'],
  )
  for (const run of [first, second]) {
    assert.ok(run.requests.good > 10 && run.requests.good === run.requests.sent - run.requests.unfinished)
    assert.ok(Number(run.targetUse?.cpuMsPerRequest) > 0)
  }
  const pids = [first, second].map((run) => run.targetUse?.workers[0]?.pid ?? 0)
  assert.notEqual(pids[0], pids[1])
  assert.ok(!pids.some(isAlive))
})

/** Behaviour, and what stderr must say. All end with exit code 3 and print nothing on stdout. */
const UNUSABLE: readonly (readonly [behaviour: string, ...RegExp[]])[] = [
  ['crash', /ended before it listened on port \d+ \(exit code 7\)/, /reading the configuration/, /no such database/],
  ['controls', /\nplain words\n/],
]

for (const [behaviour, ...expected] of UNUSABLE) {
  test(`a command that does "${behaviour}" ends tune with exit code 3, and its output is shown`, async () => {
    const { code, stdout, stderr } = await runTune(['bench', ...command(behaviour), ...SHORT])
    assert.equal(code, 3, stderr)
    assert.equal(stdout, '')
    for (const pattern of expected) assert.match(stderr, pattern)
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    assert.doesNotMatch(stderr, /[\u0000-\u0008\u000B-\u001F]/, 'control characters never reach the terminal')
    assert.doesNotMatch(stderr, /\n\s+at .*\.js:\d+/)
  })
}

test('a program that does not exist ends tune with exit code 3', async () => {
  const { code, stderr } = await runTune(['bench', '--cmd', 'no-such-program', '--port', '1'])
  assert.equal(code, 3, stderr)
  assert.match(stderr, /there is no program "no-such-program"/)
})

test('a command that ends in mid-run leaves what was measured before, and exit code 3', async () => {
  const file = join(folder, 'ready-mortal')
  const tune = startTune([
    'bench',
    ...command('mortal'),
    '--env',
    `READY_FILE=${file}`,
    '-d',
    '1s',
    '--warm-up',
    '300ms',
  ])
  await eventually('one phase is measured and the next has begun', () => /\nsettle: /.test(tune.stderr()), 30_000)
  process.kill(Number(readFileSync(file, 'utf8')), 'SIGUSR2')
  const { code, stdout, stderr } = await tune.finished
  assert.equal(code, 3, stderr)
  assert.match(stdout, /saturate/)
  assert.match(stderr, /ended in mid-run \(exit code 9\)/)
  assert.match(stderr, /the disk is full/)
})

test('a command that prints megabytes is measured like any other', async () => {
  const { code, stderr } = await runTune(['bench', ...command('chatty'), ...SHORT])
  assert.ok(code === 0 || code === 4, stderr)
})

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`${signal} leaves no process of a command that ignores SIGTERM, nor of its daemons`, async () => {
    const file = join(folder, `ready-${signal}`)
    const tune = startTune([
      'bench',
      ...command('stubborn', 'family'),
      '--env',
      `READY_FILE=${file}`,
      '-c',
      '1',
      '-d',
      '60s',
    ])
    await eventually('the command is measured', () => existsSync(file) && /warm-up: /.test(tune.stderr()), 15_000)
    const server = Number(readFileSync(file, 'utf8'))
    await eventually('its child and grandchild run', () => descendants(server).length === 2)
    const processes = descendants(tune.pid)
    assert.ok(processes.includes(server) && processes.length >= 5, 'keeper, server, child, grandchild, generator')
    tune.child.kill(signal)
    await eventually('nothing is left', () => !processes.some(isAlive), signal === 'SIGINT' ? 2_500 : 3_000)
    const { code } = await tune.finished
    assert.equal(code, signal === 'SIGINT' ? 130 : null)
  })
}

test('Ctrl-C while a command is starting ends it', async () => {
  const tune = startTune(['bench', ...command('silent')])
  await eventually('the command runs', () => descendants(tune.pid).length >= 3, 15_000)
  const processes = descendants(tune.pid)
  tune.child.kill('SIGINT')
  assert.equal((await tune.finished).code, 130)
  await eventually('nothing is left', () => !processes.some(isAlive), 2_000)
})

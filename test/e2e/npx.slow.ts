import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { descendants, eventually, isAlive } from '../support/run-tune.ts'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const LONG_RUN = ['tune', 'bench', '-c', '5', '-d', '60s', '--warm-up', '500ms']
const hasTmux = spawnSync('tmux', ['-V']).status === 0

test('SIGTERM to npx alone ends tune and everything it started within 2 s', async () => {
  const npx = spawn('npx', LONG_RUN, { cwd: PROJECT, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  npx.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  await eventually('the measured phase has begun', () => /closed: closed/.test(stderr), 20_000)
  const family = descendants(Number(npx.pid))
  assert.ok(family.length >= 5, `${family.length} processes below npx`)
  npx.kill('SIGTERM')
  await once(npx, 'exit')
  await eventually('everything is gone', () => !family.some(isAlive), 2_000)
})

test(
  'a closed terminal ends tune and everything it started within 2 s',
  { skip: hasTmux ? false : 'tmux is not installed' },
  async () => {
    const session = `tune-test-${process.pid}`
    spawnSync('tmux', [
      'new-session',
      '-d',
      '-s',
      session,
      '-x',
      '100',
      '-y',
      '30',
      `cd ${PROJECT} && npx ${LONG_RUN.join(' ')}`,
    ])
    const pane = (): string => spawnSync('tmux', ['capture-pane', '-p', '-S', '-300', '-t', session]).stdout.toString()
    await eventually('the measured phase has begun', () => /closed: closed/.test(pane()), 20_000)
    const shell = Number(spawnSync('tmux', ['display-message', '-p', '-t', session, '#{pane_pid}']).stdout.toString())
    const family = descendants(shell)
    assert.ok(family.length >= 5, `${family.length} processes in the terminal`)
    spawnSync('tmux', ['kill-session', '-t', session])
    await eventually('everything is gone', () => !family.some(isAlive), 2_000)
  },
)

test(
  'in a terminal, progress is one line that is rewritten, and Ctrl-C leaves the summary',
  { skip: hasTmux ? false : 'tmux is not installed' },
  async () => {
    const session = `tune-line-${process.pid}`
    spawnSync('tmux', [
      'new-session',
      '-d',
      '-s',
      session,
      '-x',
      '100',
      '-y',
      '60',
      `cd ${PROJECT}; node bin/tune.js ${LONG_RUN.slice(1).join(' ')}; echo "code $?"; sleep 30`,
    ])
    const pane = (): string => spawnSync('tmux', ['capture-pane', '-p', '-S', '-300', '-t', session]).stdout.toString()
    try {
      await eventually('a live figure is shown', () => /closed .*\/s/.test(pane()), 20_000)
      await sleep(1_200)
      assert.equal(
        pane()
          .split('\n')
          .filter((line) => /^closed .*in flight/.test(line)).length,
        1,
      )
      spawnSync('tmux', ['send-keys', '-t', session, 'C-c'])
      await eventually('tune has ended', () => /code 130/.test(pane()), 10_000)
      assert.match(pane(), /PARTIAL/)
    } finally {
      spawnSync('tmux', ['kill-session', '-t', session])
    }
  },
)

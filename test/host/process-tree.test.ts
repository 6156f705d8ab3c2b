import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

import { processTree, watchProcessTree } from '../../src/host/process-tree.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { eventually } from '../support/run-tune.ts'
import { changeFiles, fixtureRoot } from './fixture-root.ts'

/** A line of /proc/PID/stat: pid (name) state ppid pgrp session …, see proc_pid_stat(5). */
function stat(pid: number, name: string, state: string, parent: number, group: number, session: number): string {
  return `${pid} (${name}) ${state} ${parent} ${group} ${session} 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0`
}

test('the tree is the session of the leader and what descends from it, whatever its name', (t) => {
  const root = fixtureRoot(t, {
    '/proc/self/stat': stat(1, 'not a number', 'S', 0, 1, 1),
    '/proc/1/stat': stat(1, 'init', 'S', 0, 1, 1),
    '/proc/50/stat': stat(50, 'a) S 40 40 (b', 'S', 40, 40, 40),
    '/proc/40/stat': stat(40, 'leader', 'S', 30, 40, 40),
    '/proc/45/stat': stat(45, 'left behind', 'S', 1, 45, 40),
    '/proc/60/stat': stat(60, 'own session', 'S', 50, 60, 60),
    '/proc/35/stat': stat(35, 'its child', 'R', 60, 60, 60),
    '/proc/70/stat': stat(70, 'ended', 'Z', 40, 40, 40),
    '/proc/80/stat': stat(80, 'a stranger', 'S', 1, 80, 80),
  })
  assert.deepEqual(processTree(40, root), [40, 35, 45, 50, 60])
})

test('where no processes can be listed the tree is empty', (t) => {
  assert.deepEqual(processTree(40, fixtureRoot(t, {})), [])
})

test('between full looks a watched tree finds children once a second, and forgets what ended at once', (t) => {
  const root = fixtureRoot(t, { '/proc/40/stat': stat(40, 'leader', 'S', 30, 40, 40) })
  const clock = new FakeClock()
  const tree = watchProcessTree(40, { clock, root })
  assert.deepEqual(tree(), [40])
  changeFiles(root, {
    '/proc/40/task/41/children': '50 51',
    '/proc/50/stat': stat(50, 'child', 'S', 40, 40, 40),
    '/proc/51/stat': stat(51, 'child', 'S', 40, 40, 40),
    '/proc/60/stat': stat(60, 'orphan', 'S', 1, 60, 40),
  })
  clock.advance(999)
  assert.deepEqual(tree(), [40])
  clock.advance(1)
  assert.deepEqual(tree(), [40, 50, 51])
  changeFiles(root, { '/proc/51/stat': stat(51, 'child', 'Z', 40, 40, 40) })
  assert.deepEqual(tree(), [40, 50])
  clock.advance(4_000)
  assert.deepEqual(tree(), [40, 50, 60])
})

const ON_LINUX = { timeout: 20_000, skip: process.platform !== 'linux' && 'processes are listed on Linux only' }

test('a watched tree tells what was started and what ended since the last look', ON_LINUX, async () => {
  const shell = spawn('sh', ['-c', 'read line; sleep 300 & sleep 300 & read line; kill $!; wait $!; read line'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await once(shell, 'spawn')
  const leader = shell.pid ?? 0
  const tree = watchProcessTree(leader)
  assert.deepEqual(tree(), [leader])
  shell.stdin.write('start\n')
  await eventually('both are seen', () => tree().length === 3, 3_000)
  assert.equal(tree()[0], leader)
  shell.stdin.write('end one\n')
  await eventually('one is gone', () => tree().length === 2, 3_000)
  process.kill(-leader, 'SIGKILL')
  await once(shell, 'exit')
  await eventually('all are gone', () => tree().length === 0, 3_000)
})

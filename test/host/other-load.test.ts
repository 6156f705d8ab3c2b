import assert from 'node:assert/strict'
import { test } from 'node:test'

import { otherLoadBetween, snapshotProcesses } from '../../src/host/other-load.ts'
import { changeFiles, fixtureRoot } from './fixture-root.ts'

function statLine(pid: number, name: string, userTicks: number, startTicks = 100): string {
  return `${pid} (${name}) S 1 1 1 0 -1 4194560 100 0 0 0 ${userTicks} 0 0 0 20 0 1 0 ${startTicks} 1000 2000`
}

test('the load of other processes is told with the busiest of them', (t) => {
  const root = fixtureRoot(t, {
    '/proc/1/stat': statLine(1, 'init', 10),
    '/proc/20/stat': statLine(20, 'tsc --watch', 100),
    '/proc/30/stat': statLine(30, 'postgres', 100),
    '/proc/40/stat': statLine(40, 'ourselves', 100),
    '/proc/stat': 'cpu 1 2 3',
  })
  const before = snapshotProcesses(root)
  changeFiles(root, {
    '/proc/20/stat': statLine(20, 'tsc --watch', 115),
    '/proc/30/stat': statLine(30, 'postgres', 103),
    '/proc/40/stat': statLine(40, 'ourselves', 130),
  })
  const load = otherLoadBetween(before, snapshotProcesses(root), 300, 40)
  assert.equal(load.cpus.toFixed(3), '0.600')
  assert.deepEqual(load.busiest, { pid: 20, name: 'tsc --watch', cpus: 0.5 })
})

test('a pid that belongs to a new process is not compared with the old one', (t) => {
  const root = fixtureRoot(t, { '/proc/20/stat': statLine(20, 'old', 100) })
  const before = snapshotProcesses(root)
  changeFiles(root, { '/proc/20/stat': statLine(20, 'new', 900, 500) })
  assert.deepEqual(otherLoadBetween(before, snapshotProcesses(root), 300, 1), { cpus: 0, busiest: null })
})

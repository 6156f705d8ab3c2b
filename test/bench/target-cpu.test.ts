import assert from 'node:assert/strict'
import { test } from 'node:test'

import { cpuMsBetween, primaryPidOf } from '../../src/bench/target-cpu.ts'
import { statsFixture } from './support/target-stats.ts'

test('each process has what it used between two readings, a new one all of it', () => {
  const before = [
    { pid: 1, cpuMs: 100 },
    { pid: 2, cpuMs: 500 },
    { pid: 3, cpuMs: 50 },
  ]
  const after = [
    { pid: 1, cpuMs: 130 },
    { pid: 3, cpuMs: 20 },
    { pid: 7, cpuMs: 40 },
  ]
  assert.deepEqual(
    [...cpuMsBetween(before, after)],
    [
      [1, 30],
      [3, 20], // a process id that came again
      [7, 40],
    ],
  )
})

for (const [what, usedMs, primaryPid] of [
  ['the first of several processes looks after the others when one of them used more', [5, 90, 80], 1],
  ['an application with an idle helper looks after nobody', [900, 1], undefined],
  ['of processes that did nothing none looks after the others', [0, 0], undefined],
  ['a process that is alone looks after nobody', [900], undefined],
  ['without processes there is none', [], undefined],
] as const) {
  test(what, () => {
    assert.equal(primaryPidOf(new Map(usedMs.map((ms, index) => [index + 1, ms])), null), primaryPid)
  })
}

test('a primary that says so is the one, whatever it used', () => {
  const used = new Map([
    [1, 900],
    [2, 1],
  ])
  assert.equal(primaryPidOf(used, statsFixture([])), 1)
})

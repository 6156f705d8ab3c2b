import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Run } from '../../../src/core/report.ts'
import { diagnose } from '../../../src/report/troubleshooting/diagnose.ts'
import { memoryGrowth } from '../../../src/report/troubleshooting/observed-memory.ts'
import { troubledReport } from '../../support/troubled-report.ts'

const MIB = 1_048_576

/** A run whose only worker has so many MiB in each second. */
function runWith(residentMiB: readonly number[], pidOf: (second: number) => number = () => 7): Run {
  const [run] = troubledReport().runs
  const [second] = run?.timeline ?? []
  if (run === undefined || second === undefined) throw new Error('the fixture has a run')
  const timeline = residentMiB.map((mib, index) => ({
    ...second,
    second: index + 1,
    workers: [
      { pid: 1, role: 'primary' as const, cpus: 0, loopUtilization: null, rssBytes: 50 * MIB },
      { pid: pidOf(index), role: 'worker' as const, cpus: 0.5, loopUtilization: 0.5, rssBytes: mib * MIB },
    ],
  }))
  return { ...run, timeline }
}

const seconds = (count: number, mibAt: (second: number) => number): readonly number[] =>
  Array.from({ length: count }, (_, second) => mibAt(second))

test('workers that gain a MiB a second for a minute are growing', () => {
  // Means of seconds 15 to 29 and 45 to 59: 100 + 22 and 100 + 52.
  assert.deepEqual(memoryGrowth(runWith(seconds(60, (second) => 100 + second))), {
    fromBytes: 122 * MIB,
    toBytes: 152 * MIB,
    seconds: 60,
  })
})

test('memory that rises at the start and then stays does not grow', () => {
  assert.equal(memoryGrowth(runWith(seconds(60, (second) => Math.min(160, 100 + 8 * second)))), null)
})

test('less than 10 % or 16 MiB is the noise of a garbage collector', () => {
  assert.equal(memoryGrowth(runWith(seconds(60, (second) => 1_000 + second))), null)
  assert.equal(memoryGrowth(runWith(seconds(60, (second) => 50 + 0.5 * second))), null)
})

test('half a minute is the least that tells growth', () => {
  assert.equal(memoryGrowth(runWith(seconds(29, (second) => 100 + 4 * second))), null)
  assert.notEqual(memoryGrowth(runWith(seconds(30, (second) => 100 + 4 * second))), null)
})

test('a worker that was replaced is not compared with its successor', () => {
  const replaced = runWith(
    seconds(60, (second) => 100 + second),
    (second) => (second < 40 ? 7 : 8),
  )
  assert.equal(memoryGrowth(replaced), null)
})

test('growth and full memory are symptoms with their figures', () => {
  const report = troubledReport({ run: runWith(seconds(60, (second) => 100 + second)) })
  assert.deepEqual(
    diagnose(report).map(({ symptom, evidence }) => [symptom.id, evidence]),
    [['memory-growing', 'workers grew from 122 MiB to 152 MiB in the phase']],
  )
  const limitBytes = 128 * MIB
  const full = { ...report.host, memory: { ...report.host.memory, limitBytes } }
  // The fixture's processes have 113 MiB together (PSS).
  assert.deepEqual(
    diagnose(troubledReport({ report: { host: full } })).map(({ evidence }) => evidence),
    [],
  )
  assert.deepEqual(
    diagnose(troubledReport({ report: { host: { ...full, memory: { ...full.memory, limitBytes: 120 * MIB } } } })).map(
      ({ evidence }) => evidence,
    ),
    ['94.2% of 120 MiB memory used'],
  )
})

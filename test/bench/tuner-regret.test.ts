import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import {
  bestCount,
  type GridCell,
  goodputRatio,
  gridCounts,
  meanGoodputs,
  regretOf,
  rulesOfThumbFor,
  singleGridRegret,
} from './support/tuner-regret.ts'

/** `table[workers]`: goodput of each boot, first replicate first. */
function cellsOf(table: Readonly<Record<number, readonly number[]>>): readonly GridCell[] {
  return Object.entries(table).flatMap(([workers, boots]) =>
    boots.map((goodputPerS, index) => ({ workers: Number(workers), replicate: index + 1, goodputPerS })),
  )
}

// Replicate 1 was lucky with 3 workers. Odd boots: 2 → 100, 3 → 115; even boots: 2 → 102, 3 → 94.
const LUCKY = cellsOf({ 2: [100, 102, 100, 102], 3: [130, 92, 100, 96] })

test('the regret of a choice is taken from boots that had no say in what the best is, both ways round', () => {
  // Best by the odd boots is 3, in the even ones 94; best by the even boots is 2, in the odd ones 100.
  const ofThree = (1 - 94 / 94 + (1 - 115 / 100)) / 2
  const ofTwo = (1 - 102 / 94 + (1 - 100 / 100)) / 2
  assert.ok(Math.abs(Number(regretOf(3, LUCKY)) - ofThree) < 1e-12)
  assert.ok(Math.abs(Number(regretOf(2, LUCKY)) - ofTwo) < 1e-12)
})

test('boots that agree give the regret that the throughputs say, between 0 and 1, and none to the best', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 2, max: 6 }),
      (perS, boots) => {
        const cells = perS.flatMap((goodputPerS, index) =>
          Array.from({ length: boots }, (_, boot) => ({ workers: index + 1, replicate: boot + 1, goodputPerS })),
        )
        assert.equal(regretOf(bestCount(cells) ?? 0, cells), 0)
        for (const [index, goodputPerS] of perS.entries()) {
          const regret = regretOf(index + 1, cells) ?? Number.NaN
          assert.ok(Math.abs(regret - (1 - goodputPerS / Math.max(...perS))) < 1e-12)
        }
      },
    ),
  )
})

test('a choice that was not measured, or in one boot only, has no regret', () => {
  assert.equal(regretOf(7, LUCKY), null)
  assert.equal(regretOf(2, cellsOf({ 2: [100] })), null)
  assert.equal(regretOf(2, []), null)
})

test('a grid of one boot each takes what was lucky for the best, and is judged by the other boots', () => {
  const single = singleGridRegret(cellsOf({ 2: [100, 100, 100, 100, 100], 3: [130, 90, 90, 90, 90] }))
  assert.equal(single?.workers, 3)
  assert.ok(Math.abs(single.regret - 0.1) < 1e-12)
  assert.equal(singleGridRegret([]), null)
})

test('of equally good numbers of workers the smallest is the best', () => {
  assert.equal(bestCount(cellsOf({ 4: [50, 50], 2: [50, 50], 1: [10, 10] })), 2)
  assert.equal(bestCount([]), null)
})

test('means are listed by number of workers, and a ratio of two is of their means', () => {
  const cells = cellsOf({ 10: [50, 70], 2: [30, 30] })
  assert.deepEqual(
    [...meanGoodputs(cells)],
    [
      [2, 30],
      [10, 60],
    ],
  )
  assert.equal(goodputRatio(10, 2, cells), 2)
  assert.equal(goodputRatio(10, 3, cells), null)
})

test('rules of thumb see CPUs and memory only', () => {
  const GIB = 2 ** 30
  const counts = (cpus: number, bytes: number): readonly number[] =>
    rulesOfThumbFor(cpus, bytes).map(({ workers }) => workers)
  assert.deepEqual(counts(2, 8 * GIB), [5, 2, 4, 16])
  assert.deepEqual(counts(0.5, GIB / 4), [3, 1, 2, 1], 'at least one')
  assert.deepEqual(counts(64, 512 * GIB), [129, 64, 128, 200], 'the build pack stops at 200')
})

test('a grid has every small number of workers, and of larger ones each that differs by a quarter', () => {
  assert.deepEqual(gridCounts(20), [1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20])
  assert.deepEqual(gridCounts(1), [1])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { nextToReplace } from '../../src/server/worker-slots.ts'
import type { Replaceable, Wear, WorkerSlot } from '../../src/server/worker-slots.ts'
import { PLAIN } from './app-under-test.ts'

const NOW_MS = 10_000

function slotsOf(worn: readonly (Wear | undefined)[]): WorkerSlot<Replaceable>[] {
  return worn.map((wear, index) => ({
    index,
    serving: { options: options(worn.length), worn: wear },
    starting: undefined,
  }))
}

const byCount = new Map<number, typeof PLAIN>()

/** The same object for the same number: workers with other options are to be replaced. */
function options(workers: number): typeof PLAIN {
  const found = byCount.get(workers) ?? { ...PLAIN, workers }
  byCount.set(workers, found)
  return found
}

function replaced(slots: readonly WorkerSlot<Replaceable>[], draining = 0, current = options(slots.length)): number[] {
  return nextToReplace(slots, NOW_MS, { options: current, optionsSinceMs: 0, draining }).map(({ index }) => index)
}

function wornFrom(fromMs: number): Wear {
  return { reason: 'requests', fromMs }
}

for (const [workers, atOnce] of [
  [1, 1],
  [2, 1],
  [4, 1],
  [5, 2],
  [8, 2],
  [12, 3],
  [100, 25],
] as const) {
  test(`WK04 of ${workers} workers that are all worn ${atOnce} may be replaced at once`, () => {
    const slots = slotsOf(Array.from({ length: workers }, () => wornFrom(1)))
    assert.equal(replaced(slots).length, atOnce)
    for (const slot of slots.slice(0, atOnce)) slot.starting = slot.serving
    assert.deepEqual(replaced(slots), [], 'and no other before one of them is done')
  })
}

test('WK04 the worker that is worn longest comes first, so that none waits for ever', () => {
  assert.deepEqual(replaced(slotsOf([wornFrom(300), wornFrom(100), wornFrom(200), undefined])), [1])
})

test('a worker that is not worn stays', () => {
  assert.deepEqual(replaced(slotsOf([undefined, undefined])), [])
})

test('WK05 a worker that is worn before its least lifetime is over waits for that', () => {
  assert.deepEqual(replaced(slotsOf([wornFrom(NOW_MS + 1)])), [])
  assert.deepEqual(replaced(slotsOf([wornFrom(NOW_MS)])), [0])
})

test('workers with other options are replaced, also those that are not worn', () => {
  const slots = slotsOf([undefined, undefined])
  assert.deepEqual(replaced(slots, 0, { ...PLAIN, workers: 2 }), [0])
})

test('none is replaced while twice as many drain as serve', () => {
  const slots = slotsOf([wornFrom(1), undefined])
  assert.deepEqual(replaced(slots, 4), [])
  assert.deepEqual(replaced(slots, 3), [0])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { capacityOf, nextRate, type RateTrial } from '../../src/sizing/capacity-search.ts'

/** Searches as told on a target that keeps its objectives up to some rate, or as `isKept` says. */
function search(
  peakPerS: number,
  isKept: (ratePerS: number, trial: number) => boolean,
  most = 8,
): readonly RateTrial[] {
  const trials: RateTrial[] = []
  for (let ratePerS = nextRate(peakPerS, trials, most); ratePerS !== null;) {
    trials.push({ ratePerS, isKept: isKept(ratePerS, trials.length) })
    ratePerS = nextRate(peakPerS, trials, most)
  }
  return trials
}

for (const share of [0.07, 0.3, 0.55, 0.62, 0.79, 0.81, 0.9, 0.97]) {
  test(`a target that keeps its objectives up to ${share} of its throughput is found out`, () => {
    const trials = search(1_000, (ratePerS) => ratePerS <= share * 1_000, 12)
    const { ratePerS, interval } = capacityOf(1_000, trials) ?? assert.fail('nothing found')
    assert.ok(ratePerS <= share * 1_000 && ratePerS >= (share * 1_000) / 1.06, String(ratePerS))
    assert.ok(interval[0] <= share * 1_000 && share * 1_000 <= interval[1], interval.join())
  })
}

test('never more trials than allowed, and the answer was tried twice', () => {
  for (const most of [1, 2, 3, 5, 8]) {
    const trials = search(1_000, (ratePerS) => ratePerS <= 730, most)
    assert.ok(trials.length <= most)
    const found = capacityOf(1_000, trials)
    if (most >= 3 && found !== null) {
      assert.equal(trials.filter(({ ratePerS }) => ratePerS === found.ratePerS).length, 2, `${most} trials`)
    }
  }
})

test('a rate that kept the objectives once and missed them then is not the answer', () => {
  const trials = search(1_000, (ratePerS, trial) => ratePerS <= 700 || (ratePerS === 800 && trial === 0))
  assert.ok((capacityOf(1_000, trials)?.ratePerS ?? 0) <= 700)
})

test('a target that keeps nothing has no capacity', () => {
  assert.equal(
    capacityOf(
      1_000,
      search(1_000, () => false),
    ),
    null,
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Run } from '../../src/core/report.ts'
import { costSpread } from '../../src/sizing/what-if-evidence.ts'
import { reportFixture } from '../support/report-fixture.ts'

const [saturate] = reportFixture().runs as [Run, ...Run[]] // the fixture has runs

function bootOf(cpuMsPerRequest: number): Run {
  assert.ok(saturate.targetUse !== null)
  return { ...saturate, targetUse: { ...saturate.targetUse, cpuMsPerRequest } }
}

test('three boots or more tell how much the CPU time per request differs between them', () => {
  const spread = costSpread([bootOf(0.9), bootOf(1), bootOf(1.1)])
  // t(0.975, 2) = 4.303; 4.303 × 0.1 / √3, of a mean of 1.
  assert.equal(spread?.halfWidthFraction.toFixed(4), '0.2484')
  assert.deepEqual([spread.over, spread.count], ['boots', 3])
})

test('of one or two boots the whole seconds of the last one are taken', () => {
  const second = (throughputPerS: number, targetCpus: number | null): Run['timeline'][number] => {
    const [like] = saturate.timeline
    assert.ok(like !== undefined)
    return { ...like, throughputPerS, targetCpus }
  }
  // 0.9, 1 and 1.1 ms; seconds without a figure and the last, which is a part of one, are left out.
  const timeline = [
    second(1_000, 0.9),
    second(1_000, 1),
    second(0, 1),
    second(900, null),
    second(1_000, 1.1),
    second(9, 1),
  ]
  const spread = costSpread([bootOf(7), { ...bootOf(1), timeline }])
  assert.equal(spread?.halfWidthFraction.toFixed(4), '0.2484')
  assert.deepEqual([spread.over, spread.count], ['seconds', 3])
})

test('a target whose CPU time is not seen has no spread', () => {
  const timeline = saturate.timeline.map((second) => ({ ...second, targetCpus: null }))
  assert.equal(costSpread([{ ...saturate, targetUse: null, timeline }]), null)
})

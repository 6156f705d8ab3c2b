import assert from 'node:assert/strict'
import { test } from 'node:test'

import { upstreamUse } from '../../src/bench/upstream-evidence.ts'
import type { Run } from '../../src/core/report.ts'
import type { UpstreamFigures } from '../../src/server/messages.ts'
import type { UpstreamUse } from '../../src/sizing/sizing-input.ts'
import { reportFixture } from '../support/report-fixture.ts'
import { statsFixture, upstreamFixture, workerFixture } from './support/target-stats.ts'

const [, steady] = reportFixture().runs as [Run, Run] // the fixture has both

type Calls = Partial<UpstreamFigures>

/** One worker with two upstreams, as they were seen at both ends. */
function between(before: readonly [Calls, Calls], after: readonly [Calls, Calls]): UpstreamUse | null {
  const sample = (upstreams: readonly Calls[]) => ({
    atMs: 0,
    accounts: new Map(),
    stats: statsFixture([workerFixture(2, { upstreams: upstreams.map(upstreamFixture) })]),
  })
  return upstreamUse(steady, { before: sample(before), after: sample(after) }, true)
}

test('calls, failures and the classes of their hold times are those of the phase, over all upstreams', () => {
  const use = between(
    [
      { calls: 1_000, failures: 5, holdMs: 40_000, holdCounts: [0, 0, 0, 900, 100, 0, 0, 0, 0, 0] },
      { calls: 10, failures: 1, holdMs: 500, holdCounts: [0, 0, 0, 10, 0, 0, 0, 0, 0, 0] },
    ],
    [
      { calls: 3_000, failures: 8, holdMs: 140_000, holdCounts: [0, 0, 0, 2_800, 195, 5, 0, 0, 0, 0] },
      { calls: 13, failures: 3, holdMs: 650, holdCounts: [0, 0, 0, 12, 0, 1, 0, 0, 0, 0] },
    ],
  )
  assert.deepEqual(use, {
    callsPerRequest: 2_003 / steady.requests.good,
    meanHoldMs: 100_150 / 2_003,
    counted: {
      calls: 2_003,
      failures: 5,
      holdCounts: [0, 0, 0, 1_902, 95, 6, 0, 0, 0, 0],
      isSimulated: true,
    },
  })
})

test('where nothing was called nothing is known of upstreams', () => {
  assert.equal(between([{ calls: 5, holdMs: 9 }, {}], [{ calls: 5, holdMs: 9 }, {}]), null)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { pathFloorMs } from './support/path-floor.ts'

const CALM = { pausesMs: [], elapsedMs: 1_000 }

test('CPUs that never pause make nothing late', () => {
  assert.deepEqual(pathFloorMs(CALM, CALM, [0.5, 0.99, 1]), [0, 0, 0])
})

test('a request meets with the pauses of each CPU twice', () => {
  // 5 % of the time each: 1 − 0.95² of the requests are late, and half of those that meet with one pause by more than 25 ms.
  const pausing = { pausesMs: [50], elapsedMs: 1_000 }
  for (const floor of [pathFloorMs(pausing, CALM, [0.9, 0.95]), pathFloorMs(CALM, pausing, [0.9, 0.95])]) {
    const [p90Ms = Number.NaN, p95Ms = Number.NaN] = floor
    assert.equal(p90Ms, 0)
    assert.ok(Math.abs(p95Ms - 25) < 2, `${p95Ms}`)
  }
  const [p90Ms = Number.NaN] = pathFloorMs(pausing, pausing, [0.9])
  assert.ok(p90Ms > 20, `both: ${p90Ms}`)
})

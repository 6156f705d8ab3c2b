import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'

import { WAIT_BOUNDS_MS } from '../../../src/resilience/wait-counts.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { inTurn, right } from '../../support/listeners.ts'
import { callUpstreams } from '../../support/upstreams.ts'

test('calls are counted by how long they held their connection', async (t) => {
  const clock = new FakeClock()
  const after =
    (durationMs: number): RequestListener =>
    (request, response) => {
      clock.advance(durationMs)
      right(request, response)
    }
  const { call, upstreams } = await callUpstreams(t, [inTurn(after(30), after(40), after(700))], {}, clock)
  for (let calls = 0; calls < 3; calls++) await call()
  const [figures] = upstreams.figures()
  assert.equal(figures?.holdMs, 770)
  const expected = WAIT_BOUNDS_MS.map((boundMs) => (boundMs === 50 ? 2 : boundMs === 1_000 ? 1 : 0))
  assert.deepEqual(figures.holdCounts, [...expected, 0])
})

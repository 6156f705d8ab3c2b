import assert from 'node:assert/strict'
import { test } from 'node:test'

import { describeLoad } from '../../src/report/run-facts.ts'
import { renderText } from '../../src/report/text.ts'
import { brokenRunFixture, reportFixture } from '../support/report-fixture.ts'

for (const [words, workload] of [
  [
    '100 users, 10/s, think 1–3 s',
    { kind: 'users', connections: 100, users: 100, spawnRatePerS: 10, thinkMs: [1_000, 3_000] },
  ],
  [
    '1 user, 0.5/s, think 2 s',
    { kind: 'users', connections: 1, users: 1, spawnRatePerS: 0.5, thinkMs: [2_000, 2_000] },
  ],
  ['20 users, 5/s', { kind: 'users', connections: 20, users: 20, spawnRatePerS: 5, thinkMs: [0, 0] }],
  [
    'open, 1,000→2,000/s',
    { kind: 'open', connections: 10, stretches: [{ durationMs: 1, fromPerS: 1_000, toPerS: 2_000 }] },
  ],
  [
    'open, 100–400/s',
    {
      kind: 'open',
      connections: 10,
      stretches: [100, 400, 100].map((rate) => ({ durationMs: 1, fromPerS: rate, toPerS: rate })),
    },
  ],
  ['closed, 1 connection', { kind: 'closed', connections: 1 }],
  ['closed, 50 connections, at most 1,200 requests', { kind: 'closed', connections: 50, maxRequests: 1_200 }],
] as const) {
  test(`a load is told as "${words}"`, () => {
    assert.equal(describeLoad({ workload: { ratePerS: null, arrivals: null, ...workload } }), words)
  })
}

test('users have a response time, which begins at the end of their think time', () => {
  const users = { kind: 'users', connections: 5, ratePerS: null, arrivals: null, users: 5, spawnRatePerS: 1 } as const
  const text = renderText(reportFixture({ runs: [brokenRunFixture({ workload: users })] }), {
    width: 100,
    color: false,
    unicode: true,
  })
  assert.match(text, /breaker +5 users, 1\/s +response +1\.71 ms/)
})

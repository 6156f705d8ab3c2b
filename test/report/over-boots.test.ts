import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Report } from '../../src/core/report.ts'
import { renderHtml } from '../../src/report/html.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { describeLoad } from '../../src/report/run-facts.ts'
import { renderText } from '../../src/report/text.ts'
import { brokenRunFixture, reportFixture } from '../support/report-fixture.ts'

const overBoots: Report['overBoots'] = [
  { phase: 'steady', figure: 'p95Ms', unit: 'ms', boots: 5, mean: 12.1, low: 11.8, high: 12.4, level: 0.95 },
  {
    phase: 'steady',
    figure: 'throughputPerS',
    unit: '1/s',
    boots: 5,
    mean: 1_480,
    low: 1_470,
    high: 1_490,
    level: 0.95,
  },
]

test('figures over several boots stand with their interval and the number of boots', () => {
  const text = renderText(reportFixture({ overBoots }), { width: 80, color: false, unicode: true })
  assert.match(text, /\nOver 5 boots {2}means, and where the true ones lie with 95% confidence\n/)
  assert.match(text, /steady +p95 +12\.1 ms +11\.8 ms – 12\.4 ms +5\n +throughput +1,480\/s +1,470\/s – 1,490\/s +5\n/)
})

test('documents have the same table', () => {
  const report = reportFixture({ overBoots })
  assert.match(renderMarkdown(report), /\| steady \| p95 \| 12\.1 ms \| 11\.8 ms – 12\.4 ms \| 5 \|/)
  assert.match(
    renderHtml(report),
    /<td>p95<\/td><td class="number">12\.1 ms<\/td><td class="number">11\.8 ms – 12\.4 ms/,
  )
})

test('without repetitions there is no such table', () => {
  assert.doesNotMatch(renderText(reportFixture(), { width: 80, color: false, unicode: true }), /Over \d+ boots/)
  assert.doesNotMatch(renderMarkdown(reportFixture()), /Over the boots/)
})

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
] as const) {
  test(`a load is told as "${words}"`, () => {
    assert.equal(describeLoad(brokenRunFixture({ workload: { ratePerS: null, arrivals: null, ...workload } })), words)
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

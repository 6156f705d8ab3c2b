import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Report } from '../../src/core/report.ts'
import { renderHtml } from '../../src/report/html.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderText } from '../../src/report/text.ts'
import { reportFixture } from '../support/report-fixture.ts'

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

import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import type { Report } from '../../../src/core/report.ts'
import { EXPORT_KINDS } from '../../../src/report/export/export-report.ts'
import { ALL_KINDS_OF_ADVICE, HOSTILE, hostileReport, reportWith } from './export-fixture.ts'
import { contentOf, readExport } from './export-readers.ts'

/** The same values without the hostile texts; the objectives are those that `hostileReport` has beside its hostile ones. */
function harmlessReport(): Report {
  const check = { name: 'x', actual: 'y', interval: null, outcome: 'pass' } as const
  const checks = ['p99 < 250ms', 'error rate < 0.5%'].map((expected) => ({ ...check, expected }))
  return reportWith(ALL_KINDS_OF_ADVICE, { verdict: { outcome: 'pass', checks } })
}

for (const kind of EXPORT_KINDS) {
  test(`${kind}: hostile texts in a report change nothing but comments`, () => {
    const content = contentOf(kind, hostileReport())
    assert.match(content, /INJECTED=1/, 'the texts must be there')
    assert.deepEqual(readExport(kind, content), readExport(kind, contentOf(kind, harmlessReport())))
  })

  test(`${kind}: no text whatever changes more than comments`, () => {
    const expected = readExport(kind, contentOf(kind, harmlessReport()))
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...HOSTILE.split(''), '\n', '\\', '#', '"', '\uDC00')).map((signs) => signs.join('')),
    )
    fc.assert(
      fc.property(texts, texts, (explanation, command) => {
        const report = harmlessReport()
        const recommendations = report.recommendations.map((each) => ({ ...each, explanation, unit: explanation }))
        assert.deepEqual(readExport(kind, contentOf(kind, { ...report, command, recommendations })), expected)
      }),
      { numRuns: 100 },
    )
  })

  test(`${kind}: the first two lines are always the same, because Python looks there for an encoding`, () => {
    const [first, second] = contentOf(kind, hostileReport()).split('\n')
    assert.deepEqual([first, second], contentOf(kind, harmlessReport()).split('\n').slice(0, 2))
    assert.doesNotMatch(`${first}\n${second}`, /coding[:=]/)
  })

  test(`${kind}: no line holds a control character`, () => {
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    assert.doesNotMatch(contentOf(kind, hostileReport()), /[\0-\u0009\u000B-\u001F\u007F-\u009F\u2028\u2029\uFEFF]/)
  })
}

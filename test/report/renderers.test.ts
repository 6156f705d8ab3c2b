import assert from 'node:assert/strict'
import { test } from 'node:test'

import { reportSchema } from '../../src/core/report.ts'
import { renderJson } from '../../src/report/json.ts'
import { renderNdjson } from '../../src/report/ndjson.ts'
import { REPORT_EXTENSIONS, rendererFor } from '../../src/report/renderers.ts'
import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'

test('the fixture of these tests is a report as the schema wants it', () => {
  assert.deepEqual(reportSchema.parse(reportFixture()), reportFixture())
  assert.deepEqual(reportSchema.parse(invalidReportFixture()), invalidReportFixture())
})

test('every known extension has a renderer, in any case, and others have none', () => {
  assert.deepEqual(REPORT_EXTENSIONS, ['.json', '.ndjson', '.html', '.md', '.xml', '.csv', '.prom', '.hgrm'])
  assert.equal(rendererFor('.JSON'), renderJson)
  assert.equal(rendererFor('.pdf'), undefined)
  assert.equal(rendererFor(''), undefined)
})

test('every renderer gives text that ends with a line break and holds no missing figure as a word', () => {
  const empty = reportFixture({
    runs: [],
    recommendations: [],
    rulesOfThumb: [],
    verdict: { outcome: 'none', checks: [] },
  })
  for (const extension of REPORT_EXTENSIONS) {
    for (const report of [reportFixture(), invalidReportFixture()]) {
      const text = rendererFor(extension)?.(report) ?? ''
      assert.match(text, /\S\n$/, extension)
      assert.doesNotMatch(text, /NaN|undefined|Infinity|\[object/, extension)
    }
    assert.doesNotMatch(rendererFor(extension)?.(empty) ?? '', /NaN|undefined|Infinity|\[object/, extension)
  }
})

test('JSON is the whole report, indented by 2 spaces', () => {
  const text = renderJson(reportFixture())
  assert.deepEqual(JSON.parse(text), reportFixture())
  assert.match(text, /^\{\n {2}"schema": "tune\.report\/v1",\n/)
})

test('NDJSON has a line for each second and each run, in order of time', () => {
  const lines = renderNdjson(reportFixture())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; phase: string; second?: number })
  assert.deepEqual(
    lines.map(({ type }) => type),
    [...Array<string>(8).fill('second'), 'run', ...Array<string>(8).fill('second'), 'run'],
  )
  assert.deepEqual([lines[7]?.phase, lines[7]?.second, lines[17]?.phase], ['saturate', 7, 'steady'])
})

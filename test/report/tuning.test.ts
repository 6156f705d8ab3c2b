import assert from 'node:assert/strict'
import { test } from 'node:test'

import { exportReport } from '../../src/report/export/export-report.ts'
import { renderHtml } from '../../src/report/html.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderText } from '../../src/report/text.ts'
import { reportFixture } from '../support/report-fixture.ts'
import { tuningFixture, tuningReportFixture } from '../support/tuning-fixture.ts'

const PAGE = { width: 120, color: false, unicode: true } as const
const NONE = { ratio: null, interval: null, pairs: 0, why: 'nothing differs' }

/** Of the heading until the next one. */
function sectionOf(text: string, heading: string): string {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => line.startsWith(heading))
  const length = lines.slice(first + 1).findIndex((line) => /^\S/.test(line))
  return lines.slice(first, first + 1 + length).join('\n')
}

test('a search shows the chosen count, its doubts, every start of the target, the capacity and the proof', () => {
  const text = renderText(tuningReportFixture(), PAGE)
  const search = sectionOf(text, 'Search')
  assert.match(search, /^Search +standard, 5 starts of the target in 2 min 51 s/)
  assert.match(search, /5 workers for 1 CPU, 930\/s +with 5 workers the CPU is full; bound by cpu/)
  assert.match(search, /doubt +boots differed by 4 %/)
  assert.match(search, /2 +5 +900\/s .*not used, invalid: predicted best/)
  assert.match(search, /4 +5 +925\/s .*verify: recommended settings/)
  assert.match(
    sectionOf(text, 'Capacity'),
    /790\/s keep p95 < 200ms and error rate < 1%; the limit lies between 790 and 830\/s/,
  )
  assert.match(
    sectionOf(text, 'Verification'),
    /better +4\.82 × the throughput of the current settings \(95 %: 4\.6 to 5\.05\), 3 pairs of fresh starts/,
  )
})

test('the phases of a search are not listed one by one', () => {
  const text = renderText(tuningReportFixture(), PAGE)
  assert.doesNotMatch(text, /^Latency|^Throughput/m)
})

for (const [outcome, advice] of [
  ['equivalent', /keep what you have, unless/],
  ['same', /Keep what you have\./],
  ['worse', /Keep what you have: the values below are the current ones/],
  ['inconclusive', /--thorough compares more/],
  ['skipped', /leave out --no-verify/],
] as const) {
  test(`a verification that is ${outcome} says what to do`, () => {
    const verification = { ...NONE, outcome }
    assert.match(renderText(tuningReportFixture({ verification }), PAGE), advice)
    assert.match(renderMarkdown(tuningReportFixture({ verification })), advice)
  })
}

test('a search that did not come to its end says so', () => {
  const report = tuningReportFixture({ verification: null, choice: null, capacity: null }, { interrupted: true })
  assert.match(renderText(report, PAGE), /The search is not whole: it was stopped\. Nothing is recommended\./)
  assert.match(renderHtml(report), /The search is not whole: it was stopped/)
})

test('the HTML page of a search holds its phases together behind one line, that of a bench shows them', () => {
  assert.match(renderHtml(tuningReportFixture()), /<details><summary>All phases, one by one<\/summary>/)
  assert.doesNotMatch(renderHtml(reportFixture()), /All phases, one by one/)
})

test('a search that found no rate says so', () => {
  const text = renderText(tuningReportFixture({ capacity: null }), PAGE)
  assert.match(sectionOf(text, 'Capacity'), /no rate that was tried keeps the objectives/)
})

test('what comes from outside is escaped in HTML and Markdown', () => {
  const evil = '<script>alert(1)</script> | **x**'
  const choice = { workers: 1, throughputPerS: 1, binding: evil, why: evil, doubts: [evil] }
  const report = tuningReportFixture({ choice, probes: tuningFixture.probes.map((probe) => ({ ...probe, why: evil })) })
  assert.doesNotMatch(renderHtml(report), /<script>/)
  assert.doesNotMatch(renderMarkdown(report), /<script>/)
})

test('the next commands of a search lead to files, and of an open one to a surer search', () => {
  assert.match(
    renderText(tuningReportFixture(), PAGE),
    /npx tune recommend -w 1 -o report\.json .*\n.*npx tune export env --from report\.json/,
  )
  const verification = { ...NONE, outcome: 'inconclusive' as const }
  assert.match(renderText(tuningReportFixture({ verification }), PAGE), /npx tune recommend -w 1 --thorough/)
})

test('settings that proved neither better nor as good are not exported', () => {
  const verification = { ...NONE, outcome: 'inconclusive' as const }
  assert.equal(exportReport('env', tuningReportFixture()).kind, 'file')
  assert.deepEqual(exportReport('env', tuningReportFixture({ verification })), {
    kind: 'nothing',
    why: 'whether the recommended settings are better than the current ones could not be told',
  })
})

test('what scales out goes by the rate that keeps the objectives, not by the highest throughput', () => {
  const [workers, ...others] = reportFixture().recommendations
  assert.ok(workers !== undefined)
  const recommendations = [{ ...workers, basis: 'modelled' as const }, ...others]
  const exported = exportReport('k8s', tuningReportFixture({}, { recommendations }))
  assert.ok(exported.kind === 'file')
  // 4,420/s modelled for both CPUs, of which 790/930 keep the objectives.
  assert.match(
    exported.content.replaceAll(/\n +# /g, ' '),
    /Capacity 3,755\/s with WEB_CONCURRENCY=2, keeping p95 < 200ms/,
  )
})

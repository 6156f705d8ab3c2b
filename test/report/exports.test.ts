import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Report } from '../../src/core/report.ts'
import { renderCsv } from '../../src/report/csv.ts'
import { renderHgrm } from '../../src/report/hgrm.ts'
import { renderJunit } from '../../src/report/junit.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderProm } from '../../src/report/prom.ts'
import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'

function withRouteName(name: string): Report {
  const report = reportFixture()
  return {
    ...report,
    runs: report.runs.map((run) => ({ ...run, routes: run.routes.slice(0, 1).map((route) => ({ ...route, name })) })),
  }
}

/** Fields of one line without quotes in it. */
function csvRows(text: string): readonly Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = text.trimEnd().split('\n')
  const names = header.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((field, index) => [String(names[index]), field])))
}

test('CSV has one row for each route of each run, and one for a run without routes', () => {
  const rows = csvRows(renderCsv(reportFixture()))
  assert.deepEqual(
    rows.map((row) => `${row['phase']} ${row['route']}`),
    [
      'saturate ',
      'steady GET /api/v1/items/{id}',
      'steady GET /api/v1/search?q=coffee&limit=20',
      'steady POST /api/v1/orders',
    ],
  )
  assert.equal(rows[0]?.['sent'], '19752')
  assert.equal(rows[0]?.['ratePerS'], '')
  assert.equal(rows[2]?.['shed'], '21')
  assert.equal(rows[1]?.['responseTime.p50Ms'], String(reportFixture().runs[1]?.routes[0]?.responseTime.p50Ms))
})

test('a CSV field that a spreadsheet would run as a formula is made inert, and quotes are doubled', () => {
  for (const start of ['=', '+', '-', '@', '\t', '\r']) {
    assert.match(renderCsv(withRouteName(`${start}HYPERLINK(1)`)), new RegExp(`,"?'\\${start}HYPERLINK`))
  }
  assert.match(renderCsv(withRouteName('GET "a",b')), /,"GET ""a"",b",/)
})

test('JUnit counts tests, failures and skipped, and says expected, found and interval', () => {
  const xml = renderJunit(reportFixture())
  assert.match(
    xml,
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="tune" tests="3" failures="1" errors="0" skipped="1"/,
  )
  assert.match(xml, /<testsuite name="tune mixed"[^>]* timestamp="2026-11-20T18:59:31\.120Z">/)
  assert.equal(xml.match(/<testcase /g)?.length, 3)
  assert.match(
    xml,
    /<failure type="objective" message="0\.211 % \(25 of 11848 requests\), expected error rate &lt; 0\.1%"\/>/,
  )
  assert.match(xml, /<skipped message="inconclusive: no samples, expected max &lt; 1s"\/>/)
  assert.match(xml, /95% interval 39\.8 ms to 43\.1 ms/)
  assert.match(xml, /<property name="validity" value="valid"\/>/)
})

test('JUnit stays well-formed whatever names hold', () => {
  const nasty = '</testcase><x a="\u0000\u001B[31m\'&\uFFFF'
  const report = reportFixture({
    command: nasty,
    verdict: {
      outcome: 'fail',
      checks: [{ name: nasty, expected: nasty, actual: nasty, interval: null, outcome: 'fail' }],
    },
  })
  const xml = renderJunit(report)
  assert.doesNotMatch(xml.replaceAll('\n', ''), /\p{Cc}|\uFFFF/u)
  assert.equal(xml.match(/<\/testcase>/g)?.length, 1)
  // What is left without tags and references holds no sign of markup.
  assert.doesNotMatch(xml.replaceAll(/<[^<>]*>/g, '').replaceAll(/&(?:amp|lt|gt|quot|#39);/g, ''), /[<>&]/)
})

test('Prometheus text has HELP and TYPE once for each metric, before its samples, in base units', () => {
  const text = renderProm(reportFixture())
  const declared = [...text.matchAll(/^# TYPE (\S+) \S+$/gm)].map((match) => String(match[1]))
  assert.equal(new Set(declared).size, declared.length)
  let current = ''
  for (const line of text.trimEnd().split('\n')) {
    const type = /^# TYPE (\S+)/.exec(line)?.[1]
    if (type !== undefined) current = type
    else if (!line.startsWith('#')) assert.match(line, new RegExp(`^${current}(?:_sum|_count)?\\{[^}]*\\} [0-9.e+-]+$`))
  }
  assert.match(
    text,
    /tune_response_time_seconds\{scenario="mixed",phase="steady",workers="1",repetition="1",quantile="0\.99"\} 0\.078655\n/,
  )
  assert.match(text, /tune_requests_total\{[^}]*phase="steady"[^}]*outcome="shed"\} 21\n/)
  assert.match(text, /tune_target_cpu_seconds_per_request\{[^}]*\} 0\.000391\n/)
  assert.match(text, /tune_objective_kept\{objective="p95 < 200ms"[^}]*\} 1\n/)
})

test('Prometheus labels are escaped, and the same objective twice gives one sample', () => {
  const check = { name: 'a "b" \\ c\nd', expected: 'p95 < 1s', actual: '2 s', interval: null, outcome: 'fail' } as const
  const text = renderProm(reportFixture({ verdict: { outcome: 'fail', checks: [check, check] } }))
  assert.match(text, /name="a \\"b\\" \\\\ c d"\} 0\n/)
  assert.equal(text.match(/^tune_objective_kept\{/gm)?.length, 1)
})

test('the percentile distribution has four columns that rise, and a last line at quantile 1', () => {
  const text = renderHgrm(reportFixture())
  const rows = text
    .split('\n')
    .filter((line) => /^ *\d/.test(line))
    .map((line) => line.trim().split(/ +/).map(Number))
  const steady = reportFixture().runs[1]?.responseTime
  assert.ok(rows.length > 50)
  for (const [index, row] of rows.slice(0, -1).entries()) {
    const [valueMs = 0, quantile = 0, upTo = 0, distance = 0] = row
    assert.equal(row.length, 4)
    assert.ok(valueMs >= (rows[index - 1]?.[0] ?? 0) && quantile > (rows[index - 1]?.[1] ?? -1))
    assert.ok(upTo >= Math.floor(quantile * (steady?.count ?? 0)))
    assert.ok(Math.abs(distance - 1 / (1 - quantile)) < 0.01)
  }
  assert.deepEqual(rows.at(-1), [steady?.maxMs, 1, 11_823])
  assert.equal(rows.find((row) => row[1] === 0.5)?.[0], steady?.p50Ms)
  assert.match(text, /\n#\[Max {5}= +\d+\.\d{3}, Total count {4}= +11823\]\n$/)
})

test('Markdown puts the verdict first, then figures and advice', () => {
  const text = renderMarkdown(reportFixture())
  assert.match(text, /^## tune mixed: FAIL\n\n\*\*VALID\*\*/)
  assert.match(text, /\| PASS \| p95 &lt; 200ms \| 41\.2 ms \| 39\.8 ms to 43\.1 ms \|/)
  assert.match(text, /\| steady \| open, 1,481\/s poisson \| response \| 1\.71 ms \| 29\.2 ms \|/)
  assert.match(text, /\| {2}\| {2}\| service \| 1\.52 ms \|/)
  assert.match(text, /\| WEB\\_CONCURRENCY \| 2 workers \(now 1\) \| measured, high \|/)
})

test('Markdown of invalid figures tells why and gives no advice', () => {
  const text = renderMarkdown(invalidReportFixture())
  assert.match(text, /\*\*INVALID\*\*\n\n- invalid: saturate: the generator used 0\.99/)
  assert.match(text, /No advice/)
  assert.doesNotMatch(text, /2 workers/)
})

test('Markdown makes nothing of foreign text: no markup, links, mentions or extra cells', () => {
  const nasty = '<img src=x> [a](http://evil) @team | `code`\n# title'
  const text = renderMarkdown(reportFixture({ notes: [nasty], command: 'tune bench ```\n# x' }))
  const note = text.split('\n').find((line) => line.includes('img')) ?? ''
  assert.equal(note, String.raw`- &lt;img src=x&gt; \[a\](http&#58;//evil) &#64;team \| \`code\` \# title`)
  assert.equal(text.match(/```/g)?.length, 2)
})

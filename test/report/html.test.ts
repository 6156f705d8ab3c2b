import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lineChart } from '../../src/report/html/line-chart.ts'
import { renderHtml } from '../../src/report/html.ts'
import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'

test('the page forbids scripts and every request, and has none', () => {
  const html = renderHtml(reportFixture())
  assert.match(
    html,
    /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">/,
  )
  assert.doesNotMatch(html, /<script|<link|<img|<iframe|\ssrc=|href=|url\(|@import|\son\w+=/i)
})

test('every tag that is opened is closed, in order', () => {
  const open: string[] = []
  const html = renderHtml(reportFixture())
  for (const [, slash, name = '', rest = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^>"])*)>/g)) {
    if (slash === '/') assert.equal(open.pop(), name)
    else if (!rest.endsWith('/') && !['meta', 'br'].includes(name)) open.push(name)
  }
  assert.deepEqual(open, [])
})

test('foreign text is text wherever it stands', () => {
  const nasty = '"><script>alert(1)</script>\'&\u001B[31m'
  const report = reportFixture({ command: nasty, notes: [nasty] })
  const runs = report.runs.map((run) => ({
    ...run,
    scenario: nasty,
    phase: nasty,
    routes: run.routes.map((route) => ({ ...route, name: nasty })),
    errors: { [nasty]: 1 },
  }))
  const html = renderHtml({ ...report, runs, target: { ...report.target, url: nasty, settings: { [nasty]: nasty } } })
  assert.doesNotMatch(html, /<script|alert\(1\)<\//)
  assert.ok(!html.includes('\u001B'))
  assert.match(html, /&quot;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&#39;&amp;/)
})

test('each run has its charts described in words, and their figures as tables', () => {
  const html = renderHtml(reportFixture())
  assert.equal(html.match(/<svg [^>]*role="img" aria-label="[^"]+/g)?.length, 6)
  assert.match(
    html,
    /aria-label="Latency by percentile\. response time: p50 1\.71 ms, p99 78\.7 ms, max 179 ms; service time: /,
  )
  assert.match(html, /<tr><td>p99<\/td><td class="number">78\.7 ms<\/td><td class="number">75\.2 ms<\/td><\/tr>/)
  assert.match(html, /<summary>Over time as a table \(each second\)<\/summary>/)
})

test('validity and objectives come before the figures, and are told in words', () => {
  const html = renderHtml(reportFixture())
  const positions = [
    'The figures are VALID.',
    'Objectives: FAIL',
    '<h2>Phases</h2>',
    '<h2>Advice</h2>',
    '<h2>saturate</h2>',
    '<h2>How it was measured</h2>',
  ].map((part) => html.indexOf(part))
  assert.ok(!positions.includes(-1))
  assert.deepEqual(
    positions,
    positions.toSorted((left, right) => left - right),
  )
})

test('invalid figures give their reason and no advice', () => {
  const html = renderHtml(invalidReportFixture())
  assert.match(html, /The figures are INVALID\.[^]*the generator used 0\.99 of its CPU/)
  assert.match(html, /None: it would rest on invalid figures\./)
  assert.doesNotMatch(html, /WEB_CONCURRENCY: 2 workers/)
})

test('a page stays small after a day of seconds, and its chart keeps the highest peak', () => {
  const report = reportFixture()
  const [second] = report.runs[0]?.timeline ?? []
  assert.ok(second)
  const timeline = Array.from({ length: 86_400 }, (_, index) => ({
    ...second,
    second: index,
    p99Ms: index === 43_210 ? 987 : 5,
  }))
  const html = renderHtml({ ...report, runs: report.runs.map((run) => ({ ...run, timeline })) })
  assert.ok(html.length < 300_000, `${html.length} characters`)
  assert.match(html, /1\.00 s<\/text>/)
})

test('a chart places points between round ticks from 0', () => {
  const svg = lineChart({
    title: 'Title',
    description: 'words',
    lines: [
      {
        name: 'one',
        style: 'solid',
        points: [
          [0, 0],
          [10, 87],
        ],
      },
    ],
    xTicks: [{ at: 0, label: 'start' }],
    formatY: String,
  })
  assert.deepEqual(
    [...svg.matchAll(/text-anchor="end">([^<]*)</g)].map((match) => match[1]),
    ['0', '50', '100'],
  )
  assert.equal(lineChart({ title: 'Title', description: '', lines: [], xTicks: [], formatY: String }), '')
})

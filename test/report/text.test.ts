import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Report, Run } from '../../src/core/report.ts'
import { displayWidth } from '../../src/report/terminal-text.ts'
import { renderText } from '../../src/report/text.ts'
import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'

const plain = { width: 100, color: false, unicode: true }
// oxlint-disable-next-line no-control-regex -- colours are what is taken out
const COLOURS = /\u001B\[[\d;]*m/g

function changedRuns(report: Report, change: (run: Run, index: number) => Partial<Run>): Report {
  return { ...report, runs: report.runs.map((run, index) => ({ ...run, ...change(run, index) })) }
}

/** What a hostile or careless server and user could put into a report. */
function hostileReport(): Report {
  const nasty = '\u001B[2J\u001B]0;owned\u0007<script>alert(1)</script>\r\n\u202Evil | `x` 漢字漢字 =cmd()'
  const report = reportFixture({
    notes: [nasty],
    command: `tune bench --url http://127.0.0.1/${'long/'.repeat(5)}${nasty}`,
  })
  return {
    ...changedRuns(report, (run) => ({
      routes: run.routes.map((route) => ({ ...route, name: nasty })),
      errors: { [nasty]: 2 },
      validity: { verdict: 'suspect', reasons: [{ code: 'x', severity: 'suspect', evidence: nasty, hint: nasty }] },
    })),
    target: { ...report.target, url: nasty, settings: { [nasty]: nasty } },
    verdict: {
      outcome: 'pass',
      checks: [{ name: nasty, expected: nasty, actual: nasty, interval: null, outcome: 'pass' }],
    },
  }
}

test('the first line says whether the figures may be believed, with what was measured of the generator', () => {
  assert.equal(
    renderText(reportFixture(), plain).split('\n')[0],
    'VALID  100% of the arrivals were sent, 99% of them less than 0.31 ms late',
  )
})

test('sections come in the order in which a reader needs them', () => {
  const text = renderText(reportFixture(), plain)
  const order = [
    'VALID',
    'mixed',
    'target',
    'placement',
    'host',
    'Latency',
    'Throughput',
    'Routes',
    'Outcomes',
    'Distribution',
    'Each second',
    'Advice',
    'What the known rules say',
    'Objectives',
    'Next',
  ]
  const positions = order.map((title) => text.indexOf(title))
  assert.ok(!positions.includes(-1), `a section is missing: ${String(positions)}`)
  assert.deepEqual(
    positions,
    positions.toSorted((left, right) => left - right),
  )
})

test('an open phase shows response time with service time below it, a closed one only service time', () => {
  const lines = renderText(reportFixture(), plain)
    .split('\n')
    .map((line) => line.trim())
  assert.ok(lines.some((line) => /^saturate +closed, 50 connections +service +22\.8 ms +90\.4 ms +193 ms/.test(line)))
  const open = lines.findIndex((line) => /^steady +open, 1,481\/s poisson +response +1\.71 ms +29\.2 ms/.test(line))
  assert.notEqual(open, -1)
  assert.match(String(lines[open + 1]), /^service +1\.52 ms +27\.9 ms/)
})

test('requests that were not good are told by outcome, with status codes and connection errors', () => {
  const text = renderText(reportFixture(), plain)
  assert.match(text, /21 shed, 3 lost, 1 timed out/)
  assert.match(text, /shed \(503\) +21 +0\.18% +1\.52 ms/)
  assert.match(text, /connection lost +3 +0\.025% +–/)
  assert.match(text, /status codes of steady: 200 × 11,823, 503 × 21/)
  assert.match(text, /connection errors of steady: ECONNRESET × 3/)
})

test('when all went well the outcomes are one sentence', () => {
  const [saturate] = reportFixture().runs
  assert.ok(saturate)
  assert.match(
    renderText(reportFixture({ runs: [saturate] }), plain),
    /all 19,752 requests were answered as expected, 65% of them from the cache/,
  )
})

test('arrivals that were never sent are told', () => {
  const report = changedRuns(reportFixture(), (run, index) =>
    index === 1 ? { requests: { ...run.requests, dropped: 7, scheduled: run.requests.sent + 7 } } : {},
  )
  assert.match(renderText(report, plain), /never sent +7 +0\.059%/)
})

test('a recommendation shows value, present value, basis and confidence in one line, then why', () => {
  const text = renderText(reportFixture(), plain)
  assert.match(text, /WEB_CONCURRENCY +2 workers {2}\(now 1\) {2}measured · high\n {4}A request keeps the CPU busy/)
  assert.match(text, /bound by cpu; two-bottleneck throughput model: cpu per request 0\.39 ms,/)
  assert.match(text, /modelled\s+throughput 4,420\/s/)
})

test('what may stay stands in one line, what is little sure in one each, and intervals beside their values', () => {
  const [workers, pool, cache] = reportFixture().recommendations
  assert.ok(workers !== undefined && pool !== undefined && cache !== undefined)
  const evidence = { doubts: 'no latency objective was given; the run was short' }
  const unsure = { ...pool, confidence: 'low' as const, evidence }
  const text = renderText(reportFixture({ recommendations: [{ ...workers, interval: [2, 3] }, unsure, cache] }), plain)
  assert.match(text, /WEB_CONCURRENCY +2 workers, 2 to 3 {2}\(now 1\)/)
  assert.match(
    text,
    /UPSTREAM_POOL_MAX +18 connections to each upstream {2}\(now 100\) {2}modelled · low\n {4}doubts: no latency objective/,
  )
  assert.doesNotMatch(text, /With 18 connections/)
  assert.match(text, /\n {2}As now {2}CACHE_MAX_BYTES 64 MiB\n/)
})

test('the known rules stand with what each gives here and why it differs', () => {
  assert.match(
    renderText(reportFixture(), plain),
    / 5 {2}2 × CPU \+ 1, at most 12 \(gunicorn\): Made for workers that block/,
  )
})

test('invalid runs keep their figures but give no advice, and the reason comes first', () => {
  const text = renderText(invalidReportFixture(), plain)
  assert.match(
    text,
    /^INVALID .*\n {2}invalid {2}saturate: the generator used 0\.99 of its CPU[^]*give the generator another CPU/,
  )
  assert.match(text, /saturate +closed, 50 connections/)
  assert.match(text, /Advice\n {2}None: saturate is invalid, and settings taken from such figures would be guesses\./)
  assert.doesNotMatch(text, /WEB_CONCURRENCY +2 workers/)
  assert.match(text, /npx tune doctor/)
})

test('an interrupted run says PARTIAL before anything else', () => {
  const report = changedRuns(reportFixture(), (_, index) => (index === 1 ? { interrupted: true } : {}))
  assert.match(renderText(report, plain), /^PARTIAL {2}the run was interrupted/)
})

test('a report without runs is invalid and shows no figures', () => {
  const text = renderText(reportFixture({ runs: [], verdict: { outcome: 'none', checks: [] } }), plain)
  assert.match(text, /^INVALID {2}nothing was measured/)
  assert.doesNotMatch(text, /Latency|Advice|NaN|undefined/)
})

test('a run without good answers shows dashes, never zero latency', () => {
  const none = {
    count: 0,
    meanMs: null,
    p50Ms: null,
    p90Ms: null,
    p95Ms: null,
    p99Ms: null,
    p999Ms: null,
    maxMs: null,
    histogram: '',
  }
  const report = changedRuns(reportFixture(), () => ({
    responseTime: none,
    serviceTime: none,
    routes: [],
    targetUse: null,
  }))
  const text = renderText(report, plain)
  assert.match(text, /steady +open, 1,481\/s poisson +response +– +– +–/)
  assert.doesNotMatch(text, /Distribution|NaN|undefined|Infinity/)
})

test('objectives are told by word: PASS, FAIL, INCONCLUSIVE, with the interval', () => {
  const text = renderText(reportFixture(), plain)
  assert.match(text, /Objectives {2}FAIL: 1 of 3 breached/)
  assert.match(text, /PASS +p95 < 200ms +41\.2 ms +39\.8 ms to 43\.1 ms/)
  assert.match(text, /FAIL +error rate < 0\.1%/)
  assert.match(text, /INCONCLUSIVE +max < 1s +no samples/)
})

test('the next commands repeat the run with its flags, and try the advice', () => {
  const report = reportFixture({
    command: "tune bench checkout -w 1 --set 'LOG_LEVEL=info' --json",
    verdict: { outcome: 'none', checks: [] },
  })
  const text = renderText(report, { ...plain, width: 120 })
  assert.match(text, /npx tune bench checkout -w 1 --set 'LOG_LEVEL=info' -w 2 +# measure the advice/)
  assert.match(
    text,
    /npx tune gate checkout -w 1 --set 'LOG_LEVEL=info' --objective 'p95 < 200ms' +# pass or fail, for CI/,
  )
  assert.match(text, /npx tune bench checkout -w 1 --set 'LOG_LEVEL=info' -o report\.html/)
})

test('a long command is broken between its words, so that a shell still reads it as one', () => {
  const report = reportFixture({
    command: "tune bench --url http://127.0.0.1:8080/api/v1/items -H 'accept: text/plain; q=1' -c 20 -d 30s",
  })
  const text = renderText(report, { ...plain, width: 60 })
  assert.match(
    text,
    /npx tune bench --url http:\/\/127\.0\.0\.1:8080\/api\/v1\/items \\\n {4}-H 'accept: text\/plain; q=1' -c 20 -d 30s/,
  )
})

test('a command that tune did not quote itself is not offered for copying', () => {
  for (const command of [
    'tune bench; rm -rf x',
    'tune bench $(reboot)',
    'tune bench `reboot`',
    'rm -rf x',
    "tune bench 'open",
  ]) {
    assert.match(renderText(reportFixture({ command }), plain), /Next\n {2}npx tune bench -w 2 /)
  }
})

test('how long a quota stopped the target stands below its throughput, and only where there was one', () => {
  const quiet = { stealFraction: 0, throttledCount: 0, neighbourCpus: null, neighbour: null }
  const report = changedRuns(reportFixture(), (_, index) => ({
    interference: index === 1 ? { ...quiet, targetThrottledMs: 812.4 } : quiet,
  }))
  const told = renderText(report, plain).match(/^.*the CPU quota stopped.*$/gm)
  assert.deepEqual(told, ['  steady: the CPU quota stopped the target for 812 ms in all'])
})

test('repetitions are numbered, and it is told how far they lie apart', () => {
  const [saturate] = reportFixture().runs
  assert.ok(saturate)
  const runs = [1_000, 1_050, 980].map((throughputPerS, index) => ({
    ...saturate,
    repetition: index + 1,
    throughputPerS,
  }))
  const text = renderText(reportFixture({ runs }), plain)
  assert.match(text, /saturate #3/)
  assert.match(text, /3 repetitions of saturate: throughput 7%, p95 0% from lowest to highest/)
})

test('no line is wider than asked, in colour or not, whatever the report holds', () => {
  for (const report of [reportFixture(), invalidReportFixture(), hostileReport()]) {
    for (const width of [60, 80, 100, 120]) {
      for (const color of [true, false]) {
        for (const line of renderText(report, { width, color, unicode: true }).replaceAll(COLOURS, '').split('\n')) {
          assert.ok(displayWidth(line) <= width, `${displayWidth(line)} > ${width}: ${line}`)
        }
      }
    }
  }
})

test('foreign text cannot command the terminal', () => {
  const text = renderText(hostileReport(), plain)
  assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}|\u202E/u)
})

test('without Unicode there is no other byte than ASCII', () => {
  for (const report of [reportFixture(), invalidReportFixture(), hostileReport()]) {
    assert.match(renderText(report, { width: 80, color: false, unicode: false }), /^[\n -~]*$/)
  }
})

test('colour adds nothing but colour', () => {
  const colored = renderText(reportFixture(), { ...plain, color: true })
  assert.match(colored, COLOURS)
  assert.equal(colored.replaceAll(COLOURS, ''), renderText(reportFixture(), plain))
})

test('the distribution marks where the percentiles lie', () => {
  const text = renderText(reportFixture(), plain)
  assert.match(text, /≤ 2 ms +█+ +34\.6% +p50/)
  assert.match(text, /≤ 50 ms +\S+ +7\.2% +p95/)
  assert.match(text, /≤ 200 ms +\S+ +0\.6% +p99\.9 max/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { reportSchema } from '../../src/core/report.ts'
import { courseOf } from '../../src/report/course.ts'
import { renderHtml } from '../../src/report/html.ts'
import { renderNdjson } from '../../src/report/ndjson.ts'
import { displayWidth } from '../../src/report/terminal-text.ts'
import { renderText } from '../../src/report/text.ts'
import { brokenRunFixture, reportFixture } from '../support/report-fixture.ts'

const narrow = { width: 80, color: false, unicode: true }

function courseText(options = narrow): readonly string[] {
  const text = renderText(reportFixture({ runs: [brokenRunFixture()] }), options)
  const [, course = ''] = /\n(Course of breaker[\s\S]*?)\n\n/.exec(text) ?? []
  return course.split('\n').map((line) => line.trim())
}

test('the fixture is a report', () => {
  reportSchema.parse(reportFixture({ runs: [brokenRunFixture()] }))
})

test('a run with a fault is told second by second: outcomes, latency, breaker, and the fault by its mark', () => {
  assert.deepEqual(courseText(), [
    'Course of breaker  by second; p50 and p99 of the good answers',
    'fault a  primary answers 100 % with 500, from 2.0 to 4.0 s',
    's  good  503  failed  lost      p50      p99  p50 failed  primary    fault',
    '1   100    0       0     0  21.0 ms  46.0 ms           –  closed',
    '2   100    0       0     0  22.0 ms  47.0 ms           –  closed',
    '3     0    0     100     0        –        –     31.0 ms  closed     a',
    '4     0   98       0     2        –        –           –  open       a',
    '5   100    0       0     0  25.0 ms  50.0 ms           –  half-open',
    '6   100    0       0     0  26.0 ms  51.0 ms           –  closed',
  ])
})

for (const width of [40, 60, 80, 120]) {
  test(`no line of the course is wider than ${width} columns, and the outcomes are still there`, () => {
    const lines = renderText(reportFixture({ runs: [brokenRunFixture()] }), { ...narrow, width }).split('\n')
    const course = lines.slice(
      lines.findIndex((line) => line.startsWith('Course of')),
      lines.indexOf('Outcomes'),
    )
    assert.ok(course.length > 8)
    for (const line of course) assert.ok(displayWidth(line) <= width, line)
    assert.ok(course.some((line) => /^ +4 +0 +98/.test(line)))
  })
}

test('without block signs the course is ASCII', () => {
  // oxlint-disable-next-line no-control-regex -- ASCII is what is asked for
  assert.match(courseText({ ...narrow, unicode: false }).join('\n'), /^[\0-\u007F]+$/)
})

test('a run in which all was good has no course', () => {
  const [first] = brokenRunFixture().timeline
  assert.ok(first)
  const quiet = brokenRunFixture({ faults: undefined, timeline: [first, { ...first, second: 2 }] })
  assert.equal(courseOf(quiet, 30), null)
  assert.doesNotMatch(renderText(reportFixture({ runs: [quiet] }), narrow), /Course of/)
})

test('a fault without any consequence is worth a course', () => {
  const [first] = brokenRunFixture().timeline
  assert.ok(first)
  assert.equal(courseOf(brokenRunFixture({ timeline: [first] }), 30)?.rows.length, 1)
})

test('a long run is told in steps: counts add up, of latencies the highest second, of breakers the worst', () => {
  const course = courseOf(brokenRunFixture(), 3)
  assert.deepEqual(
    course?.rows.map(({ fromS, toS, counts, p99Ms, breakers, faults }) => [
      fromS,
      toS,
      counts,
      p99Ms,
      breakers['primary'],
      faults,
    ]),
    [
      [0, 2, { good: 200 }, 47, 'closed', ''],
      [2, 4, { shed: 98, failed: 100, lost: 2 }, null, 'open', 'a'],
      [4, 6, { good: 200 }, 51, 'half-open', ''],
    ],
  )
})

test('of several boots the course of the last one is shown', () => {
  const runs = [1, 2].map((repetition) => brokenRunFixture({ repetition }))
  const headings = renderText(reportFixture({ runs }), narrow).match(/^Course of .*$/gm)
  assert.deepEqual(headings, ['Course of breaker #2  by second; p50 and p99 of the good answers'])
})

test('a phase that the last boot did not reach keeps its course of the boot before', () => {
  const runs = [
    brokenRunFixture({ phase: 'calm', repetition: 1 }),
    brokenRunFixture({ phase: 'storm', repetition: 1 }),
    brokenRunFixture({ phase: 'calm', repetition: 2 }),
  ]
  const headings = renderText(reportFixture({ runs }), narrow).match(/^Course of \w+ #\d/gm)
  assert.deepEqual(headings, ['Course of storm #1', 'Course of calm #2'])
})

test('the page draws outcomes, breakers and the target with the fault as a band, each described in words', () => {
  const html = renderHtml(reportFixture({ runs: [brokenRunFixture()] }))
  for (const title of [
    'Outcomes. requests per second, from the bottom: good, shed \\(503\\), wrong status, connection lost',
    'Circuit breakers, the worst of all workers. primary: closed 0 to 3 s, open 3 to 4 s, half-open 4 to 5 s, closed 5 to 6 s',
    'CPU of each process',
    'Event loop of each worker',
    'Memory of each process',
    'Cache hits',
    'Admission queue',
    'Connections to the upstreams',
  ])
    assert.match(html, new RegExp(`role="img" aria-label="${title}`))
  assert.match(html, /Fault a: primary answers 100 % with 500, from 2\.0 to 4\.0 s/)
  assert.match(html, /<rect class="band"[^>]*\/><text[^>]*>a<\/text>/)
  assert.match(html, /<th scope="col" class="number">shed \(503\)<\/th>/)
})

test('faults that were switched one right after the other are one band with both marks', () => {
  const faults = [
    { upstream: 'primary', fromS: 2.004, toS: 4.001, fault: 'answers nothing' },
    { upstream: 'secondary', fromS: 2.008, toS: 4.005, fault: 'answers nothing' },
    { upstream: 'primary', fromS: 2.3, toS: 4.001, fault: 'is 20 ms slower' },
  ]
  const [chart = ''] = renderHtml(reportFixture({ runs: [brokenRunFixture({ faults })] })).match(
    /<figcaption>Outcomes<[\s\S]*?<\/figure>/,
  ) ?? ['']
  const marks = [...chart.matchAll(/<rect class="band"[^>]*\/><text[^>]*>(\w+)<\/text>/g)].map(([, mark]) => mark)
  assert.deepEqual(marks, ['ab', 'c'])
})

test('the bars of one second have the height of its outcomes, one upon the other', () => {
  const html = renderHtml(reportFixture({ runs: [brokenRunFixture()] }))
  const bar = (outcome: string): readonly number[] =>
    [
      ...html.matchAll(new RegExp(`<rect class="outcome-${outcome}"[^>]* y="([\\d.]+)" height="([\\d.]+)"/>`, 'g')),
    ].flatMap(([, y, height]) => [Number(y), Number(height)])
  const [shedTop = 0, shedHeight = 0] = bar('shed')
  const [lostTop = 0, lostHeight = 0] = bar('lost')
  assert.ok(Math.abs(lostTop + lostHeight - shedTop) < 0.11, 'lost ones stand on shed ones')
  assert.ok(Math.abs(shedHeight / lostHeight - 49) < 2.5, `98 to 2, drawn to a tenth: ${shedHeight} to ${lostHeight}`)
})

test('names of upstreams and faults are text in the page', () => {
  const nasty = '"><script>alert(1)</script>'
  const run = brokenRunFixture({ faults: [{ upstream: nasty, fromS: 2, toS: 4, fault: nasty }] })
  const timeline = run.timeline.map((entry) => ({
    ...entry,
    server: entry.server && {
      ...entry.server,
      upstreams: entry.server.upstreams.map((one) => ({ ...one, name: nasty })),
    },
  }))
  assert.doesNotMatch(renderHtml(reportFixture({ runs: [{ ...run, timeline }] })), /<script/)
})

test('the lines of a log have the outcomes, the processes and the server of each second', () => {
  const [line = ''] = renderNdjson(reportFixture({ runs: [brokenRunFixture()] }))
    .split('\n')
    .slice(3)
  const second = JSON.parse(line) as Record<string, unknown>
  assert.deepEqual(Object.keys(second).slice(-3), ['outcomes', 'server', 'targetProcesses'])
  assert.equal(second['workers'], 1, 'their number, as in the line of the run')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { renderHtml } from '../../../src/report/html.ts'
import { renderJson } from '../../../src/report/json.ts'
import { renderMarkdown } from '../../../src/report/markdown.ts'
import { renderText } from '../../../src/report/text.ts'
import { type Trouble, troubledReport } from '../../support/troubled-report.ts'

const plain = { width: 100, color: false, unicode: true }

/** Four symptoms at once. */
const manifold: Trouble = { counts: { limited: 250, mismatched: 250, lost: 250 }, p95Ms: 400, cpus: 0.97 }

const FOUR_SEEN = [
  '14.3% of requests were limited \\(429\\)',
  '14.3% of requests had a wrong body',
  '14.3% of requests lost their connection',
  'p95 400 ms with the CPUs 97% busy',
]

/** The lines of the section, its title first. */
function sectionOf(text: string): readonly string[] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.startsWith('Troubleshooting'))
  return start === -1 ? [] : lines.slice(start, lines.indexOf('', start))
}

test('the terminal has one line for a symptom: what was seen, and what to change', () => {
  assert.deepEqual(sectionOf(renderText(troubledReport({ counts: { limited: 250 } }), plain)), [
    'Troubleshooting  docs/troubleshooting.md',
    '  20% of requests were limited (429)  → RATE_LIMIT_DEFAULT up; TRUSTED_PROXIES',
  ])
})

test('the terminal has three lines at most, and says where the others are', () => {
  const section = sectionOf(renderText(troubledReport(manifold), plain))
  assert.equal(section[0], 'Troubleshooting  1 more with -o report.html; docs/troubleshooting.md')
  assert.equal(section.length, 4)
})

test('on a narrow terminal each symptom still has one line that shows both sides', () => {
  const [, line = ''] = sectionOf(renderText(troubledReport({ counts: { limited: 250 } }), { ...plain, width: 60 }))
  assert.ok(line.length <= 60)
  assert.match(line, /^ {2}20% of .*… {2}→ RATE_LIMIT_DEFAULT up; TRUSTED_PROXIES$/)
})

test('the HTML page and the Markdown have all symptoms, with cause and change', () => {
  const report = troubledReport(manifold)
  const html = renderHtml(report)
  const markdown = renderMarkdown(report)
  for (const seen of FOUR_SEEN) {
    assert.match(html, new RegExp(`<tr><td>${seen}</td>`))
    assert.match(markdown, new RegExp(`^\\| ${seen} \\|`, 'm'))
  }
  assert.match(
    html,
    /<h2>Troubleshooting<\/h2>[^]*<th scope="col">what to check<\/th>[^]*TRUSTED_PROXIES[^]*<h2>steady/,
  )
  assert.match(markdown, /### Troubleshooting\n\n\| seen \| probable cause \| what to change \|/)
})

test('a healthy report has no such section anywhere, and the JSON never has one', () => {
  for (const text of [
    renderText(troubledReport(), plain),
    renderHtml(troubledReport()),
    renderMarkdown(troubledReport()),
  ])
    assert.doesNotMatch(text, /Troubleshooting/)
  const report = troubledReport(manifold)
  assert.deepEqual(JSON.parse(renderJson(report)), JSON.parse(JSON.stringify(report)))
})

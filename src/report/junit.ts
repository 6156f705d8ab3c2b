import type { Check, Report } from '../core/report.ts'
import { formatInterval } from './checks.ts'
import { escapeMarkup } from './markup.ts'
import { hostLine, overallValidity, scenarioNames } from './run-facts.ts'

/** JUnit XML: the report is a test suite, each objective a test case; one that cannot be judged is skipped. */
export function renderJunit(report: Report): string {
  const { checks } = report.verdict
  const suite = scenarioNames(report)
  const seconds = report.runs.reduce((sum, run) => sum + run.durationMs, 0) / 1_000
  const counts = {
    name: 'tune',
    tests: checks.length,
    failures: checks.filter((check) => check.outcome === 'fail').length,
    errors: 0,
    skipped: checks.filter((check) => check.outcome === 'inconclusive').length,
    time: seconds.toFixed(3),
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes(counts)}>`,
    `  <testsuite${attributes({ ...counts, name: `tune ${suite}`, timestamp: report.createdAt })}>`,
    '    <properties>',
    ...Object.entries(propertiesOf(report)).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
    '    </properties>',
    ...checks.flatMap((check) => testCase(check, suite)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function propertiesOf(report: Report): Readonly<Record<string, string>> {
  return {
    command: report.command,
    seed: String(report.seed),
    target: report.target.url,
    host: hostLine(report.host),
    fingerprint: report.host.fingerprint,
    validity: overallValidity(report),
  }
}

function testCase(check: Check, suite: string): readonly string[] {
  const interval = formatInterval(check)
  const message = `${check.actual}, expected ${check.expected}${interval === '' ? '' : ` (95% interval ${interval})`}`
  const open = `    <testcase${attributes({ classname: `tune.${suite}`, name: `${check.name}: ${check.expected}`, time: '0' })}`
  switch (check.outcome) {
    case 'pass':
      return [`${open}>`, `      <system-out>${escapeMarkup(message)}</system-out>`, '    </testcase>']
    case 'fail':
      return [`${open}>`, `      <failure${attributes({ type: 'objective', message })}/>`, '    </testcase>']
    case 'inconclusive':
      return [`${open}>`, `      <skipped${attributes({ message: `inconclusive: ${message}` })}/>`, '    </testcase>']
  }
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeMarkup(String(value))}"`)
    .join('')
}

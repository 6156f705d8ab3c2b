import assert from 'node:assert/strict'

import type { Finding } from '../../../src/sizing/settings-lint/finding.ts'
import type { LintFacts } from '../../../src/sizing/settings-lint/lint-facts.ts'
import { lintSettings } from '../../../src/sizing/settings-lint/lint-settings.ts'
import { factsWith } from './lint-facts-example.ts'

/** The variables of a file. */
export type Values = Readonly<Record<string, string>>

/** What one rule finds. */
export function findingsOf(rule: string, values: Values, facts: LintFacts = factsWith()): readonly Finding[] {
  return lintSettings(values, facts).findings.filter((finding) => finding.rule === rule)
}

/** The one finding of a rule. */
export function theFinding(rule: string, values: Values, facts?: LintFacts): Finding {
  const [finding, ...more] = findingsOf(rule, values, facts)
  assert.ok(finding !== undefined, `${rule} found nothing`)
  assert.deepEqual(more, [])
  return finding
}

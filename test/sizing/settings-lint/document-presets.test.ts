import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Expectations, LintFacts } from '../../../src/sizing/settings-lint/lint-facts.ts'
import { lintSettings } from '../../../src/sizing/settings-lint/lint-settings.ts'
import { DOCUMENT_PRESETS } from './document-presets.ts'
import { factsWith } from './lint-facts-example.ts'

const GIBIBYTE = 1_073_741_824

interface Case {
  readonly preset: keyof typeof DOCUMENT_PRESETS
  readonly machine?: Partial<LintFacts>
  readonly expected?: Partial<Expectations>
  /** `severity rule`, the worst first. */
  readonly found: readonly string[]
}

const SMALL = { cpus: 2, memoryBytes: 4 * GIBIBYTE }
const MEDIUM = { cpus: 4, memoryBytes: 8 * GIBIBYTE }
const LARGE = { cpus: 8, memoryBytes: 16 * GIBIBYTE }
/** Its locust file waits 1 to 3 s between requests. */
const locust = (users: number): Partial<Expectations> => ({ users, thinkTimeMs: 2_000 })

/** Worked out by hand; the arithmetic of the less obvious ones is in the tests of each rule. */
const CASES: readonly Case[] = [
  { preset: 'genkit', machine: { cpus: 2 }, found: ['doubtful worker-timeout'] },
  {
    // 111,110 calls at 500/s are 222 s; 500/s at 1/s each are 500 clients.
    preset: 'genkit',
    machine: { cpus: 2 },
    expected: { ratePerS: 500 },
    found: ['doubtful worker-timeout', 'doubtful breaker-by-chance', 'info limiter'],
  },
  // 8 × 15 = 120 > 97; 5 s < 60 s.
  { preset: 'quickStart', machine: MEDIUM, found: ['wrong database-connections', 'wrong keep-alive'] },
  // 4 × 10 × 2 = 80 ≤ 97.
  { preset: 'small', machine: SMALL, found: [] },
  // 100 / (0.05 + 2) = 49/s.
  { preset: 'small', machine: SMALL, expected: { ratePerS: 500, p50Ms: 50, ...locust(100) }, found: ['wrong users'] },
  // 8 × 20 = 160 > 97, and 250 / (0.04 + 2) = 123/s.
  {
    preset: 'medium',
    machine: MEDIUM,
    expected: { ratePerS: 1_000, p50Ms: 40, ...locust(250) },
    found: ['wrong users', 'wrong database-connections'],
  },
  // 16 × 30 = 480 > 97, and 500 / (0.03 + 2) = 246/s.
  {
    preset: 'large',
    machine: LARGE,
    expected: { ratePerS: 2_000, p50Ms: 30, ...locust(500) },
    found: ['wrong users', 'wrong database-connections'],
  },
  { preset: 'development', found: [] },
  // 24 h is beyond the other document's 3600 s; 5000 / 500 = 10 s, just as long as the circuit is open.
  { preset: 'production', expected: { ratePerS: 500 }, found: ['doubtful range'] },
  // 10,000 / 500 = 20 s.
  {
    preset: 'highLoad',
    expected: { ratePerS: 500 },
    found: ['doubtful queue-length', 'doubtful breaker-by-chance', 'doubtful range'],
  },
  // 4 × 50 = 200 > 97; 5 × 120 + 4 × 60 = 840 s > 240 s; an overflow of 30 beyond 20; 200/min × 15 s = 50 at once ≤ 4 × 30.
  {
    preset: 'azure',
    expected: { ratePerS: 200 / 60, p50Ms: 15_000 },
    found: ['wrong database-connections', 'doubtful worker-timeout', 'doubtful range', 'info not-judged'],
  },
  // 8 / 0.05 = 160/s; 4 × 20 × 2 = 160 > 97.
  {
    preset: 'eventStream',
    expected: { ratePerS: 1_000, p50Ms: 50 },
    found: ['wrong concurrency', 'doubtful database-connections', 'info idle-pool'],
  },
]

for (const { preset, machine, expected, found } of CASES) {
  const what = found.length === 0 ? 'nothing' : found.join(', ')
  const asked = Object.keys(expected ?? {}).join(', ')
  test(`the document's ${preset} preset${asked === '' ? '' : ` with ${asked}`} gets ${what}`, () => {
    const { findings } = lintSettings(DOCUMENT_PRESETS[preset], factsWith(expected, machine))
    assert.deepEqual(
      findings.map(({ severity, rule }) => `${severity} ${rule}`),
      found,
    )
  })
}

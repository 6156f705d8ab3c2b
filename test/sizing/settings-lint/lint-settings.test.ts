import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { namesOf, type SettingDefinition } from '../../../src/core/setting-definition.ts'
import { SETTINGS } from '../../../src/core/settings-table.ts'
import type { LintFacts } from '../../../src/sizing/settings-lint/lint-facts.ts'
import { lintSettings } from '../../../src/sizing/settings-lint/lint-settings.ts'

/** Texts of a value within the range; those of a pattern are its default. */
function valueOf(definition: SettingDefinition): fc.Arbitrary<string> {
  switch (definition.kind) {
    case 'boolean':
      return fc.constantFrom('true', 'false')
    case 'choice':
      return fc.constantFrom(...definition.choices)
    case 'text':
    case 'list':
      return fc.constant(String(definition.default))
    case 'integer':
    case 'bytes':
    case 'duration':
      return fc.oneof(
        fc.integer({ min: Math.ceil(definition.min), max: definition.max }).map(String),
        fc.constantFrom(String(definition.min), String(definition.max), String(definition.default)),
      )
  }
}

/** Any of the settings, each under any of its names. */
const files: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .tuple(
    ...SETTINGS.map((definition) =>
      fc.option(fc.tuple(fc.constantFrom(...namesOf(definition)), valueOf(definition)), { nil: null }),
    ),
    fc.option(
      fc.tuple(
        fc.constant('NODE_OPTIONS'),
        fc.integer({ min: 0, max: 65_536 }).map((size) => `--max-old-space-size=${size}`),
      ),
      { nil: null },
    ),
  )
  .map((entries) => Object.fromEntries(entries.filter((entry) => entry !== null)))

function positive(max: number): fc.Arbitrary<number> {
  return fc.double({ min: 0.001, max, noNaN: true })
}

function told(max: number): fc.Arbitrary<number | null> {
  return fc.option(positive(max), { nil: null })
}

const facts: fc.Arbitrary<LintFacts> = fc.record({
  cpus: positive(1_024),
  memoryBytes: fc.integer({ min: 2 ** 24, max: 2 ** 44 }),
  databaseConnections: fc.integer({ min: 1, max: 1_000_000 }),
  replicas: fc.integer({ min: 1, max: 10_000 }),
  balancerIdleS: fc.integer({ min: 0, max: 86_400 }),
  expected: fc.record({
    ratePerS: told(1_000_000),
    p50Ms: told(86_400_000),
    p95Ms: told(86_400_000),
    users: fc.option(fc.integer({ min: 1, max: 1_000_000_000 }), { nil: null }),
    thinkTimeMs: fc.integer({ min: 0, max: 86_400_000 }),
  }),
})

test('whatever values within their ranges a file has, each finding is whole: no rule fails, no figure is missing', () => {
  fc.assert(
    fc.property(files, facts, (values, known) => {
      const { findings } = lintSettings(values, known)
      for (const { arithmetic, change } of findings) {
        assert.doesNotMatch(`${arithmetic} ${change}`, /NaN|Infinity|∞|undefined|null|=-/)
        assert.notEqual(change, '')
      }
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('findings come the worst first', () => {
  const order = ['wrong', 'doubtful', 'info']
  fc.assert(
    fc.property(files, facts, (values, known) => {
      const ranks = lintSettings(values, known).findings.map(({ severity }) => order.indexOf(severity))
      assert.deepEqual(
        ranks,
        ranks.toSorted((left, right) => left - right),
      )
    }),
    { seed: 2, numRuns: 50 },
  )
})

test('an empty file, and one of foreign names, hold nothing that was judged', () => {
  const [known] = fc.sample(facts, { seed: 3, numRuns: 1 })
  assert.ok(known !== undefined)
  assert.equal(lintSettings({}, known).judged, 0)
  assert.equal(lintSettings({ PYTHONUNBUFFERED: '1', CACHE_TTL: ' ' }, known).judged, 0)
  assert.equal(lintSettings({ CACHE_TTL: '60', TUNE_CACHE_TTL: '90', KEEP_ALIVE: 'x' }, known).judged, 2)
})

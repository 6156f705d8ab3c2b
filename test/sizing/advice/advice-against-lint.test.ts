import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { neededSwitch, settingText } from '../../../src/core/recommended-setting.ts'
import { parseSettingValue } from '../../../src/core/setting-value.ts'
import { SETTINGS } from '../../../src/core/settings-table.ts'
import { recommend } from '../../../src/sizing/recommend.ts'
import { lintSettings } from '../../../src/sizing/settings-lint/lint-settings.ts'
import type { CountedCalls, SizingInput } from '../../../src/sizing/sizing-input.ts'
import { factsWith } from '../settings-lint/lint-facts-example.ts'
import { EXAMPLE } from '../sizing-input-example.ts'

function inputWith(counted: Partial<CountedCalls>, changes: Partial<SizingInput>): SizingInput {
  const { steady } = EXAMPLE
  assert.ok(steady?.upstream?.counted != null)
  const upstream = { ...steady.upstream, counted: { ...steady.upstream.counted, ...counted } }
  return { ...EXAMPLE, steady: { ...steady, upstream }, ...changes }
}

/** As a file would have them, with the settings that stay as they are. */
function variablesOf(input: SizingInput): Readonly<Record<string, string>> {
  const { recommendations } = recommend(input)
  const switches = recommendations.flatMap(({ setting }) => neededSwitch(setting) ?? [])
  return Object.fromEntries([
    ...Object.entries(input.current).map(([name, value]) => [name, `${value}`] as const),
    ...switches.map(({ name, text }) => [name, text] as const),
    ...recommendations.map((recommendation) => [recommendation.setting, settingText(recommendation)] as const),
  ])
}

const figures = fc.record({
  failures: fc.integer({ min: 0, max: 600 }),
  slow: fc.integer({ min: 3, max: 8 }),
  activeClients: fc.integer({ min: 1, max: 5_000 }),
  deployedCpus: fc.integer({ min: 2, max: 16 }),
  queueS: fc.integer({ min: 1, max: 20 }),
})

test('what is recommended is what the settings table allows', () => {
  fc.assert(
    fc.property(figures, ({ failures, slow, ...changes }) => {
      const holdCounts =
        EXAMPLE.cache === null ? [] : Array.from({ length: 10 }, (_, index) => (index === slow ? 6_000 : 0))
      for (const [name, text] of Object.entries(variablesOf(inputWith({ failures, holdCounts }, changes)))) {
        const definition = SETTINGS.find((setting) => setting.name === name)
        assert.ok(definition === undefined || parseSettingValue(definition, text) !== undefined, `${name}=${text}`)
      }
    }),
  )
})

test('what is recommended contradicts nothing that the check of settings knows about timeouts, retries and breakers', () => {
  fc.assert(
    fc.property(figures, ({ failures, slow, queueS, ...changes }) => {
      const holdCounts = Array.from({ length: 10 }, (_, index) => (index === slow ? 6_000 : 0))
      const current = { ...EXAMPLE.current, QUEUE_TIMEOUT: queueS }
      const values = variablesOf(inputWith({ failures, holdCounts }, { ...changes, current }))
      const rules = lintSettings(values, factsWith()).findings.map(({ rule }) => rule)
      const ours = new Set(['upstream-timeout', 'inner-timeout', 'breaker-by-chance'])
      assert.deepEqual(
        rules.filter((rule) => ours.has(rule)),
        [],
        JSON.stringify(values),
      )
    }),
  )
})

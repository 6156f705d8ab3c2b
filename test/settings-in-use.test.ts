import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

import { SETTINGS } from '../src/core/settings-table.ts'
import { SETTING_TESTS, SETTINGS_WITHOUT_TEST } from './inventory/setting-tests.ts'
import { referenced, testTitles } from './inventory/test-titles.ts'

const SOURCE = resolve(import.meta.dirname, '../src')

/** Tests of the table itself, and of how it becomes options, show no effect. */
const titles = testTitles().filter(({ file }) => !/^(?:core\/setting|server\/options\.test)/.test(file))

/** Judging a setting is not using it. */
const LINT = join('sizing', 'settings-lint')
const code = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('core') && !path.startsWith(LINT))
  .map((path) => readFileSync(join(SOURCE, path), 'utf8'))
  .join('\n')

function isShown(setting: string): boolean {
  const reference = SETTING_TESTS[setting]
  const word = new RegExp(`(?<![A-Z_])${setting}(?![A-Z_])`)
  return (
    titles.some(({ title }) => word.test(title)) ||
    (reference !== undefined && referenced(titles, reference).length > 0)
  )
}

test('CF05 every setting of the table is read by the code', () => {
  const unread = SETTINGS.filter(({ name }) => !code.includes(`'${name}'`))
  assert.deepEqual(
    unread.map(({ name }) => name),
    [],
  )
})

test('CF05 every setting has a test that shows its effect, or is known to have none', () => {
  const unshown = SETTINGS.map(({ name }) => name).filter((name) => !isShown(name))
  assert.deepEqual(unshown.toSorted(), Object.keys(SETTINGS_WITHOUT_TEST).toSorted())
})

test('CF05 the lists of tests of settings name nothing but settings', () => {
  const names = new Set(SETTINGS.map(({ name }) => name))
  const strangers = [...Object.keys(SETTING_TESTS), ...Object.keys(SETTINGS_WITHOUT_TEST)].filter(
    (name) => !names.has(name),
  )
  assert.deepEqual(strangers, [])
})

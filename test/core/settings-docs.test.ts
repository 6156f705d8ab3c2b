import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { SETTINGS } from '../../src/core/settings-table.ts'
import { CHAPTERS, settingsDocs } from '../support/settings-docs.ts'

test('docs/settings.md is what the table of settings says (npm run settings-docs writes it)', () => {
  assert.equal(readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8'), settingsDocs())
})

test('the chapters of docs/settings.md have every setting once', () => {
  const names = CHAPTERS.flatMap(([, settings]) => settings.map(({ name }) => name))
  assert.deepEqual(names.toSorted(), SETTINGS.map(({ name }) => name).toSorted())
  assert.equal(new Set(names).size, names.length)
})

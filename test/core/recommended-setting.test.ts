import assert from 'node:assert/strict'
import { test } from 'node:test'

import { neededSwitch, settingText } from '../../src/core/recommended-setting.ts'
import { parseSettingValue } from '../../src/core/setting-value.ts'
import { SETTINGS } from '../../src/core/settings-table.ts'

test('a limit is written with its unit of time, everything else as a bare number', () => {
  const limit = { setting: 'RATE_LIMIT_DEFAULT', value: 38 }
  assert.equal(settingText({ ...limit, unit: 'requests/second per client' }), '38/second')
  assert.equal(settingText({ ...limit, unit: 'requests/minute per client' }), '38/minute')
  assert.equal(settingText({ setting: 'UPSTREAM_TIMEOUT', value: 1.5, unit: 's' }), '1.5')
})

test('a limit whose unit nobody knows is nothing that the settings table allows', () => {
  const definition = SETTINGS.find(({ name }) => name === 'RATE_LIMIT_DEFAULT')
  assert.ok(definition !== undefined)
  for (const unit of ['', 'count', 'requests/second\n', '/second']) {
    const text = settingText({ setting: 'RATE_LIMIT_DEFAULT', value: 38, unit })
    assert.equal(parseSettingValue(definition, text) === undefined, unit !== 'requests/second\n', unit)
  }
})

test('every switch is one that the settings table has, with a value that it allows', () => {
  const needed = SETTINGS.flatMap(({ name }) => neededSwitch(name) ?? [])
  assert.ok(needed.length > 0)
  for (const { name, text } of needed) {
    const definition = SETTINGS.find((setting) => setting.name === name)
    assert.ok(definition !== undefined && parseSettingValue(definition, text) === text, name)
  }
  assert.equal(neededSwitch('WEB_CONCURRENCY'), undefined)
})

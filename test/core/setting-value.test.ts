import assert from 'node:assert/strict'
import { test } from 'node:test'

import { namesOf } from '../../src/core/setting-definition.ts'
import type { SettingDefinition } from '../../src/core/setting-definition.ts'
import { parseNamedValue } from '../../src/core/setting-value.ts'
import { resolveSettings } from '../../src/core/settings.ts'

/** A value, the setting it is given to, and what becomes of it; undefined: it is refused. */
const STRICT: readonly (readonly [name: string, text: string, expected: number | boolean | undefined])[] = [
  ['KEEP_ALIVE', '75', 75],
  ['KEEP_ALIVE', ' 75s ', 75],
  ['KEEP_ALIVE', '2m', 120],
  ['KEEP_ALIVE', '75x', undefined],
  ['KEEP_ALIVE', '75 seconds', undefined],
  ['KEEP_ALIVE', '1e2', undefined],
  ['KEEP_ALIVE', '0x10', undefined],
  ['KEEP_ALIVE', '+5', undefined],
  ['KEEP_ALIVE', 'Infinity', undefined],
  ['KEEP_ALIVE', '300.001', undefined],
  ['MAX_REQUEST_SIZE', '10mb', 10_485_760],
  ['MAX_REQUEST_SIZE', '1.5k', 1_536],
  ['MAX_REQUEST_SIZE', '2000.5', undefined],
  ['MAX_REQUEST_SIZE', '10 MB!', undefined],
  ['MAX_REQUESTS', '10_000', undefined],
  ['MAX_REQUESTS', '99999999999999999999', undefined],
  ['CACHE_ENABLED', 'TRUE', true],
  ['CACHE_ENABLED', ' yes ', true],
  ['CACHE_ENABLED', '0', false],
  ['CACHE_ENABLED', 'enabled', undefined],
]

for (const [name, text, expected] of STRICT) {
  test(`CF02 ${name}="${text}" is ${expected === undefined ? 'refused' : String(expected)}`, () => {
    const flags = { [name]: text }
    const resolve = () => resolveSettings({ flags, environment: {} }).get(name)?.value
    if (expected === undefined) assert.throws(resolve, new RegExp(`${name} must be`))
    else assert.equal(resolve(), expected)
  })
}

test('a bare number under the name of a document that counts in milliseconds means those', () => {
  const definition: SettingDefinition = {
    name: 'WAIT',
    kind: 'duration',
    unit: 's',
    default: 1,
    min: 1,
    max: 300,
    reload: 'live',
    summary: '',
    aliases: ['PAUSE'],
    millisecondAliases: ['PAUSE_MS'],
  }
  assert.deepEqual(namesOf(definition), ['WAIT', 'PAUSE', 'PAUSE_MS'])
  const values = (name: string, texts: readonly (string | number)[]) =>
    texts.map((text) => parseNamedValue(definition, name, text))
  assert.deepEqual(values('PAUSE_MS', ['120000', 120_000, ' 1500 ', '2m', '300001']), [120, 120, 1.5, 120, undefined])
  assert.deepEqual(values('PAUSE', ['120000', '120']), [undefined, 120])
})

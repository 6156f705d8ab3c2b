import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'
import { parse } from 'yaml'

import { quotedCompose } from '../../../src/report/export/compose.ts'
import { quotedYaml } from '../../../src/report/export/yaml-text.ts'
import { HOSTILE } from './export-fixture.ts'

test('any text comes back as it was from YAML 1.1 and 1.2, out of a list on one line', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(HOSTILE)), (text) => {
      const quoted = quotedYaml(text)
      assert.doesNotMatch(quoted, /[\n\r\u0085\u2028\u2029]/)
      for (const version of ['1.1', '1.2'] as const) {
        assert.deepEqual(parse(`- ${quoted}\n- end\n`, { version }), [text.toWellFormed(), 'end'])
      }
    }),
  )
})

test('what looks like a number, a switch or nothing stays a text', () => {
  for (const text of ['2', '1e3', 'yes', 'off', 'null', '~', '', '0x10', '1:30']) {
    assert.deepEqual(parse(quotedYaml(text), { version: '1.1' }), text)
  }
})

test('Compose finds no variable in a text', () => {
  assert.equal(quotedCompose('$A ${B} $$'), '"$$A $${B} $$$$"')
})

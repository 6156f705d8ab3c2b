import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { UsageError } from '../../src/core/errors.ts'
import {
  parseScenarioTemplate,
  parseTemplate,
  RESERVED_TEMPLATE_NAMES,
  templateNames,
} from '../../src/core/template.ts'

test('a template is read as its texts and the names between them', () => {
  assert.deepEqual(parseTemplate('/a/{{index}}/{{ client }}?ip={{client.ip}}&id={{uuid}}'), [
    { kind: 'text', text: '/a/' },
    { kind: 'index' },
    { kind: 'text', text: '/' },
    { kind: 'client' },
    { kind: 'text', text: '?ip=' },
    { kind: 'client.ip' },
    { kind: 'text', text: '&id=' },
    { kind: 'uuid' },
  ])
  assert.deepEqual(parseTemplate('{{random(-5, 5)}}{{users.first name}}{{token}}{{randoms.x}}'), [
    { kind: 'random', min: -5, max: 5 },
    { kind: 'data', set: 'users', column: 'first name' },
    { kind: 'capture', name: 'token' },
    { kind: 'data', set: 'randoms', column: 'x' },
  ])
})

test('text without double braces is one text, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes('{{')),
      (text) => assert.deepEqual(parseTemplate(text), text === '' ? [] : [{ kind: 'text', text }]),
    ),
  )
})

test('the names of a template are its columns and captures, each once', () => {
  assert.deepEqual(templateNames('{{users.id}} {{token}} {{users.id}} {{users.name}} {{token}} {{index}}'), {
    columns: [
      { set: 'users', column: 'id' },
      { set: 'users', column: 'name' },
    ],
    captures: ['token'],
  })
})

test('an environment variable is a piece of its own in a scenario, and none is left in a planned request', () => {
  assert.deepEqual(parseScenarioTemplate('Bearer {{ env.API_TOKEN }}'), [
    { kind: 'text', text: 'Bearer ' },
    { kind: 'environment', name: 'API_TOKEN' },
  ])
  assert.deepEqual(templateNames('{{env.API_TOKEN}}'), { columns: [], captures: [] })
  assert.throws(() => parseTemplate('{{env.API_TOKEN}}'), /\{\{env\.API_TOKEN\}\} was not filled in/)
})

for (const name of ['MY-TOKEN', 'MY TOKEN', '1ST', '', ' X']) {
  test(`"env.${name}" names no environment variable`, () => {
    assert.throws(
      () => parseScenarioTemplate(`{{env.${name}}}`),
      (error) =>
        error instanceof UsageError && /does not name|not known/.test(error.message) && error.hint !== undefined,
    )
  })
}

test('no reserved name is read as a capture or a data set', () => {
  for (const name of RESERVED_TEMPLATE_NAMES) {
    try {
      assert.deepEqual(templateNames(`{{${name}}}`), { columns: [], captures: [] })
    } catch (error) {
      assert.ok(error instanceof UsageError)
    }
    assert.throws(() => parseTemplate(`{{${name}.column}}`), UsageError)
  }
})

for (const template of [
  '/{{index',
  '/{{index}',
  '{{}}',
  '{{1st}}',
  '{{client.port}}',
  '{{upper(x)}}',
  '{{random}}',
  '{{random(1)}}',
  '{{random(5,1)}}',
  '{{random(1,2.5)}}',
  '{{random(0,99999999999999999999)}}',
]) {
  test(`the template "${template}" is refused with a hint`, () => {
    assert.throws(
      () => parseTemplate(template),
      (error) => error instanceof UsageError && error.hint !== undefined,
    )
  })
}

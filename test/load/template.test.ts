import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { seededDraw } from '../../src/load/seeded-draw.ts'
import { addressOf, compileTemplate, type TemplateScope } from '../../src/load/template.ts'

function drawsOf(seed: number, index: number): () => number {
  let draw = 0
  return () => seededDraw(seed, index, draw++)
}

function scopeOf(changes: Partial<TemplateScope> = {}): TemplateScope {
  return {
    index: 12,
    client: 3,
    draw: drawsOf(1, 12),
    row: (set) => ({ email: `${set}@example.com` }),
    captured: (name) => `<${name}>`,
    ...changes,
  }
}

test('a template puts each value in its place', () => {
  const { isDynamic, render } = compileTemplate('{{index}}-{{client}}-{{client.ip}}-{{users.email}}-{{token}}.')
  assert.equal(isDynamic, true)
  assert.equal(render(scopeOf()), '12-3-10.0.0.3-users@example.com-<token>.')
})

test('text without a template is not dynamic and stays as it is', () => {
  const { isDynamic, render } = compileTemplate('/a?b={c}', encodeURIComponent)
  assert.equal(isDynamic, false)
  assert.equal(render(scopeOf()), '/a?b={c}')
})

test('only values are escaped, not the text around them', () => {
  const { render } = compileTemplate('/a b/{{token}}', encodeURIComponent)
  assert.equal(render(scopeOf({ captured: () => 'c d/e' })), '/a b/c%20d%2Fe')
})

test('a random value reaches both ends of its range and never goes beyond', () => {
  const { render } = compileTemplate('{{random(-1,2)}}')
  const seen = new Set(Array.from({ length: 200 }, (_, index) => render(scopeOf({ draw: drawsOf(5, index) }))))
  assert.deepEqual([...seen].sort(), ['-1', '0', '1', '2'])
})

test('a UUID is one of version 4, another at each place, and the same for the same seed and request', () => {
  const { render } = compileTemplate('{{uuid}} {{uuid}}')
  const first = render(scopeOf()).split(' ')
  for (const uuid of first) assert.match(uuid, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  assert.notEqual(first[0], first[1])
  assert.deepEqual(render(scopeOf({ draw: drawsOf(1, 12) })).split(' '), first)
})

test('clients up to 2²⁴ have addresses of their own in 10.0.0.0/8', () => {
  const client = fc.integer({ min: 0, max: 2 ** 24 - 1 })
  fc.assert(
    fc.property(client, (number) => {
      const [ten, ...bytes] = addressOf(number).split('.').map(Number)
      assert.equal(ten, 10)
      assert.equal(
        bytes.reduce((sum, byte) => sum * 256 + byte, 0),
        number,
      )
    }),
  )
})

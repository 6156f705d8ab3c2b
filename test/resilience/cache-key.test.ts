import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { canonicalKey, MAX_KEY_DEPTH, MAX_KEY_LENGTH } from '../../src/resilience/cache-key.ts'

/** As the cache hashes it: what is lost in UTF-8 is lost in the digest. */
function bytesOf(namespace: string, input: unknown): string {
  const key = canonicalKey(namespace, input)
  assert.ok(key !== undefined, 'expected a key')
  return Buffer.from(key, 'utf8').toString('hex')
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

test('CA04 the order of object keys does not matter, at any depth', () => {
  const left = { a: 1, b: { c: [1, 2], d: null } }
  const right = { b: { d: null, c: [1, 2] }, a: 1 }
  assert.equal(bytesOf('n', left), bytesOf('n', right))
})

test('CA04 an absent key and one that is undefined are the same', () => {
  assert.equal(bytesOf('n', { a: 1, b: undefined }), bytesOf('n', { a: 1 }))
})

test('CA04 inputs that look alike have keys of their own', () => {
  const inputs: [string, unknown][] = [
    ['n', 1],
    ['n', '1'],
    ['n', true],
    ['n', 'true'],
    ['n', null],
    ['n', undefined],
    ['n', 'null'],
    ['n', {}],
    ['n', []],
    ['n', { a: null }],
    ['n', [null]],
    ['n', [undefined]],
    ['n', [1, 2]],
    ['n', ['1,2']],
    ['n', [[1], 2]],
    ['n', 0],
    ['n', -0],
    ['n', JSON.parse('1e400')],
    ['n', '\ud800'],
    ['n', '\udbff'],
    ['n', '\ufffd'],
    ['n', String.raw`"\ud800"`],
    ['n', JSON.parse('{"__proto__": 1}')],
    ['n', JSON.parse('{"__proto__": {"a": 1}}')],
    ['a', 'b:c'],
    ['a:b', 'c'],
    ['as1:b', 'c'],
  ]
  const keys = inputs.map(([namespace, input]) => bytesOf(namespace, input))
  for (const [index, key] of keys.entries()) assert.equal(keys.indexOf(key), index, `input ${index} is not alone`)
})

test('CA04 two inputs have the same key exactly when they are equal as JSON', () => {
  const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' })
  fc.assert(
    fc.property(json, json, (left, right) => {
      const isSame = bytesOf('n', left) === bytesOf('n', right)
      assert.equal(isSame, isDeepEqual(left, right))
    }),
    { numRuns: 2_000 },
  )
  fc.assert(fc.property(json, (value) => assert.equal(bytesOf('n', value), bytesOf('n', structuredClone(value)))))
})

function isDeepEqual(left: unknown, right: unknown): boolean {
  try {
    assert.deepStrictEqual(left, right)
    return true
  } catch {
    return false
  }
}

test('CA04 input too deep, too long, or not JSON has no key', () => {
  assert.ok(canonicalKey('n', nested(MAX_KEY_DEPTH)) !== undefined)
  assert.equal(canonicalKey('n', nested(MAX_KEY_DEPTH + 1)), undefined)
  assert.ok(canonicalKey('n', 'x'.repeat(MAX_KEY_LENGTH - 20)) !== undefined)
  assert.equal(canonicalKey('n', 'x'.repeat(MAX_KEY_LENGTH)), undefined)
  const cycle: unknown[] = []
  cycle.push(cycle, cycle)
  for (const input of [1n, Symbol('s'), () => 1, new Date(0), new Map(), { a: 1n }, cycle]) {
    assert.equal(canonicalKey('n', input), undefined)
  }
})

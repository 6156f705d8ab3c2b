import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import * as fc from 'fast-check'

import { ADDRESS_OR_NETWORK } from '../../src/core/address-pattern.ts'

test('RL06 addresses and networks are accepted, and nothing else', () => {
  const right = ['10.0.0.0/8', '192.0.2.7', '0.0.0.0/0', '2001:db8::/32', '::', '::1', '::1/128', '::ffff:192.0.2.7']
  const wrong = [
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '300.1.1.1',
    '::1/129',
    ':::',
    '1::2::3',
    'fe80::1%lo',
    '[::1]:80',
    'all',
    '10.0.0.1\n',
  ]
  assert.deepEqual(
    right.filter((text) => ADDRESS_OR_NETWORK.test(text)),
    right,
  )
  assert.deepEqual(
    wrong.filter((text) => ADDRESS_OR_NETWORK.test(text)),
    [],
  )
})

const piece = fc.constantFrom('::', ':', ':', ':', '.', '0', '1', 'ab', 'FFFF', '256', '12345', '1.2.3.4', '10.0.0.')
const text = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.array(piece, { maxLength: 18 }).map((pieces) => pieces.join('')),
  fc
    .tuple(fc.array(fc.constantFrom('0', 'a1', 'ffff'), { maxLength: 9 }), fc.nat({ max: 9 }), fc.boolean())
    .map(([groups, at, isMixed]) =>
      [...groups.slice(0, at), '', ...groups.slice(at), ...(isMixed ? ['1.2.3.4'] : [])].join(':'),
    ),
)

test('RL06 the pattern and Node agree on what an address is', () => {
  let addresses = 0
  fc.assert(
    fc.property(text, (address) => {
      if (isIP(address) > 0) addresses++
      assert.equal(ADDRESS_OR_NETWORK.test(address), isIP(address) > 0, address)
    }),
    { numRuns: 10_000 },
  )
  assert.ok(addresses > 1_000, `${addresses} addresses`)
})

test('RL06 a network has a prefix of at most all bits of its address', () => {
  for (let bits = 0; bits < 200; bits++) {
    assert.equal(ADDRESS_OR_NETWORK.test(`10.0.0.0/${bits}`), bits <= 32)
    assert.equal(ADDRESS_OR_NETWORK.test(`2001:db8::/${bits}`), bits <= 128)
  }
})

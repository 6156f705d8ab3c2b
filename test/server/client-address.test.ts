import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'

import { clientKey, clientOf } from '../../src/server/client-address.ts'

test('RL07 an IPv4 client is the same however its socket names it', () => {
  const keys = ['192.0.2.7', '::ffff:192.0.2.7', '::FFFF:192.0.2.7', '::ffff:c000:207', '0:0:0:0:0:ffff:c000:0207']
  assert.deepEqual(new Set(keys.map((address) => clientKey(address))), new Set(['192.0.2.7']))
})

test('RL07 IPv6 clients of one /64 are one client', () => {
  const keys = ['2001:db8:1:2::1', '2001:DB8:1:2:ffff::9', '2001:0db8:1:2:3:4:5:6', '2001:db8:1:2::192.0.2.1']
  assert.deepEqual(new Set(keys.map((address) => clientKey(address))), new Set(['2001:db8:1:2']))
  assert.notEqual(clientKey('2001:db8:1:3::1'), '2001:db8:1:2')
})

test('RL07 a zone and the short forms of IPv6 do not change who a client is', () => {
  assert.deepEqual(
    ['::1', 'fe80::1%eth0', 'fe80::2', '::'].map((address) => clientKey(address)),
    ['0:0:0:0', 'fe80:0:0:0', 'fe80:0:0:0', '0:0:0:0'],
  )
})

for (const [prefix, same, other] of [
  [48, '2001:db8:1:ffff::', '2001:db8:2::'],
  [56, '2001:db8:1:ab::', '2001:db8:1:100::'],
  [61, '2001:db8:1:7::', '2001:db8:1:8::'],
  [128, '2001:db8:1:0:0:0:0:1', '2001:db8:1::2'],
] as const) {
  test(`RL07 with a prefix of ${prefix} bits clients are told apart by exactly these`, () => {
    const key = clientKey('2001:db8:1::1', prefix)
    assert.equal(clientKey(same, prefix), key)
    assert.notEqual(clientKey(other, prefix), key)
  })
}

test('RL07 peers without an address, those of a Unix socket among them, are one client', () => {
  assert.equal(clientKey(undefined), 'unknown')
})

function clientBehind(peer: string, forwarded: string | undefined, trusted = ['10.0.0.0/8', '2001:db8::/32']): string {
  const headers = { forwarded: 'for=203.0.113.99', 'x-real-ip': '203.0.113.98', 'x-forwarded-for': forwarded }
  return clientOf(trusted)({ socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage) // all it looks at
}

test('RL06 without trusted proxies nobody is believed', () => {
  assert.equal(clientBehind('10.0.0.1', '203.0.113.7', []), '10.0.0.1')
})

test('RL06 a peer that is no trusted proxy is the client, whatever it claims', () => {
  assert.equal(clientBehind('198.51.100.1', '203.0.113.7'), '198.51.100.1')
})

for (const [what, forwarded, client] of [
  ['the only address', '203.0.113.7', '203.0.113.7'],
  ['the last address, not the forged ones before it', '1.1.1.1, 2.2.2.2,203.0.113.7', '203.0.113.7'],
  ['the last before trusted proxies', '1.1.1.1, 203.0.113.7, 10.9.9.9,10.0.0.7', '203.0.113.7'],
  ['whoever stands behind a trusted IPv6 proxy', '203.0.113.7, 2001:db8:5::1', '203.0.113.7'],
  ['an IPv6 client by its network', '2606:4700:1:2::9', '2606:4700:1:2'],
  ['an IPv4 client in an IPv6 form', '::ffff:203.0.113.7', '203.0.113.7'],
  ['the furthest when all are trusted', '10.5.5.5, 10.6.6.6', '10.5.5.5'],
  ['a client before whom there is garbage', 'unknown, <script>, 203.0.113.7', '203.0.113.7'],
] as const) {
  test(`RL06 behind a trusted proxy the client is ${what}`, () => {
    assert.equal(clientBehind('10.0.0.1', forwarded), client)
    assert.equal(clientBehind('::ffff:10.0.0.1', forwarded), client)
  })
}

for (const [what, forwarded] of [
  ['an empty text', ''],
  ['a word', 'unknown'],
  ['an obfuscated name', '_hidden'],
  ['a port', '203.0.113.7:4711'],
  ['an IPv6 address with brackets and port', '[2606:4700::1]:1'],
  ['a number that is no address', '1.2.3'],
  ['garbage behind the client', '203.0.113.7, <script>'],
  ['more than 50 hops', Array.from({ length: 51 }, () => '203.0.113.7').join(',')],
  ['more than 8 KiB', `${' '.repeat(8_192)}203.0.113.7`],
] as const) {
  test(`RL06 a header with ${what} is not believed: the proxy is the client`, () => {
    assert.equal(clientBehind('10.0.0.1', forwarded), '10.0.0.1')
  })
}

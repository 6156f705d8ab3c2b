import assert from 'node:assert/strict'
import { test } from 'node:test'

import { clientKey } from '../../../src/server/middleware/rate-limit.ts'

test('an IPv4 client is the same however its socket names it', () => {
  assert.deepEqual([clientKey('192.0.2.7'), clientKey('::ffff:192.0.2.7')], ['192.0.2.7', '192.0.2.7'])
})

test('IPv6 clients of one /64 are one client', () => {
  const keys = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:2:3:4:5:6'].map(clientKey)
  assert.deepEqual(
    keys,
    Array.from({ length: 3 }, () => '2001:db8:1:2'),
  )
  assert.notEqual(clientKey('2001:db8:1:3::1'), keys[0])
})

test('a zone and the short forms of IPv6 do not change who a client is', () => {
  assert.deepEqual(['::1', 'fe80::1%eth0', 'fe80::2'].map(clientKey), ['0:0:0:0', 'fe80:0:0:0', 'fe80:0:0:0'])
})

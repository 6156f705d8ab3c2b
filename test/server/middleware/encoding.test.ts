import assert from 'node:assert/strict'
import { test } from 'node:test'

import { chooseEncoding } from '../../../src/server/middleware/encoding.ts'

// Preference by q-value as in RFC 9110, section 12.5.3.
const CASES: readonly (readonly [string | undefined, string | undefined])[] = [
  [undefined, undefined],
  ['', undefined],
  ['gzip', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['GZIP', 'gzip'],
  ['gzip;q=0.5, br', 'br'],
  ['gzip;q=1.0, br;q=0.9', 'gzip'],
  ['gzip;q=0', undefined],
  ['br;q=0, gzip', 'gzip'],
  ['*', 'zstd'],
  ['zstd;q=0, *', 'br'],
  ['identity', undefined],
  ['identity;q=1, gzip;q=0.5', undefined],
  ['gzip;q=abc', undefined],
  ['deflate', undefined],
  [`gzip,${'x'.repeat(600)}`, undefined],
]

for (const [header, expected] of CASES) {
  test(`a client that accepts ${String(header).slice(0, 40) || 'nothing'} gets ${expected ?? 'the plain body'}`, () => {
    assert.equal(chooseEncoding(header), expected)
  })
}

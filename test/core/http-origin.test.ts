import assert from 'node:assert/strict'
import { test } from 'node:test'

import { httpOrigin } from '../../src/core/http-origin.ts'

test('names and IPv4 addresses stand as they are, IPv6 addresses in brackets', () => {
  assert.equal(httpOrigin('localhost', 80), 'http://localhost:80')
  assert.equal(httpOrigin('127.0.0.1', 9_090), 'http://127.0.0.1:9090')
  assert.equal(httpOrigin('::1', 8_000), 'http://[::1]:8000')
})

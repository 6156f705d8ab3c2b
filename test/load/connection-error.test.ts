import assert from 'node:assert/strict'
import { test } from 'node:test'

import { errors } from 'undici'

import { CLOSED, connectionErrorCode, NOT_HTTP } from '../../src/load/connection-error.ts'

test('errors of the system and of TLS keep their code', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'CERT_HAS_EXPIRED']) {
    assert.equal(connectionErrorCode(Object.assign(new Error('x'), { code })), code)
  }
})

test('what undici calls otherwise has one name for both engines', () => {
  assert.equal(connectionErrorCode(new errors.SocketError('other side closed')), CLOSED)
  assert.equal(connectionErrorCode(new errors.ResponseContentLengthMismatchError()), CLOSED)
  assert.equal(connectionErrorCode(new errors.ConnectTimeoutError()), 'ETIMEDOUT')
  assert.equal(connectionErrorCode(new errors.HeadersOverflowError()), NOT_HTTP)
})

test('an answer cut off by the end of the connection is told from one that is not HTTP', () => {
  assert.equal(connectionErrorCode(new errors.HTTPParserError('… (Invalid EOF state)')), CLOSED)
  assert.equal(connectionErrorCode(new errors.HTTPParserError('… (Expected HTTP/)')), NOT_HTTP)
})

test('an error without a code is counted by its name', () => {
  assert.equal(connectionErrorCode(new RangeError('x')), 'RangeError')
})

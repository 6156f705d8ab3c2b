import assert from 'node:assert/strict'
import { test } from 'node:test'

import { connectionErrorCode } from '../../src/load/connection-error.ts'

test('errors of the system and of TLS keep their code', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'CERT_HAS_EXPIRED']) {
    assert.equal(connectionErrorCode(Object.assign(new Error('x'), { code })), code)
  }
})

test('an error without a code is counted by its name', () => {
  assert.equal(connectionErrorCode(new RangeError('x')), 'RangeError')
})

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { encodeRequest } from '../../src/load/request-encoding.ts'
import type { PlannedRequest } from '../../src/core/workload.ts'
import { GET } from '../support/plans.ts'

// Autocannon publishes no types of it.
const builderOf = createRequire(import.meta.url)('autocannon/lib/httpRequestBuilder.js') as (
  defaults: object,
) => (request: object) => Buffer

const REQUESTS: readonly PlannedRequest[] = [
  GET,
  { ...GET, path: '/a?b=c', headers: { accept: '*/*', 'x-client': '3' } },
  { ...GET, method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"ü":1}' },
  { ...GET, method: 'DELETE', headers: { host: 'other.example' }, body: '' },
]

for (const request of REQUESTS) {
  test(`${request.method} ${request.path} is written byte for byte as autocannon writes it`, () => {
    const { method, path, headers, body } = request
    const expected = builderOf({ host: '127.0.0.1:3000' })({ method, path, headers: { ...headers }, body })
    assert.equal(encodeRequest(request, '127.0.0.1:3000').toString(), expected.toString())
  })
}

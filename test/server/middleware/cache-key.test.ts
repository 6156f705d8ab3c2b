import assert from 'node:assert/strict'
import { test } from 'node:test'

import { cacheKeys } from '../../../src/server/middleware/cache-key.ts'
import type { RequestContext } from '../../../src/server/request-context.ts'
import type { Route } from '../../../src/server/router.ts'

const ROUTE: Route = { method: 'GET', path: '/it', isCacheable: true, handle: () => assert.fail('called') }

/** All that a key is made of. */
function request(query: string, route: Partial<Route> = {}, headers = {}, body = ''): RequestContext {
  const context = { route: { ...ROUTE, ...route }, query, request: { headers }, body: Buffer.from(body) }
  return context as unknown as RequestContext
}

test('CA04 keys are whole digests of 256 bits, and no part of them is what a client has sent', () => {
  const key = cacheKeys(0)(request('id=../../x'))
  assert.match(String(key), /^[\w-]{43}$/)
})

test('CA04 keys of other queries, routes, methods, headers and generations are others', () => {
  const byBody = { cacheInput: 'body', method: 'POST' } as const
  const varying = { cacheVary: ['accept-language'] }
  const keys = [
    cacheKeys(0)(request('')),
    cacheKeys(1)(request('')),
    cacheKeys(0)(request('a')),
    cacheKeys(0)(request('', { path: '/it\na' })),
    cacheKeys(0)(request('', { path: '/other' })),
    cacheKeys(0)(request('', { cacheNamespace: () => 'user:7:posts' })),
    cacheKeys(0)(request('', varying)),
    cacheKeys(0)(request('', varying, { 'accept-language': 'de' })),
    cacheKeys(0)(request('', varying, { 'accept-language': '' })),
    cacheKeys(0)(request('', byBody, {}, '{}')),
    cacheKeys(0)(request('', byBody, {}, '{"a":null}')),
    cacheKeys(0)(request('a', byBody, {}, '{}')),
  ]
  assert.equal(new Set(keys).size, keys.length)
  assert.ok(!keys.includes(undefined))
})

test('CA04 a body longer than a key may be has none, without a look at what is in it', () => {
  const route = { cacheInput: 'body', method: 'POST' } as const
  const padded = (length: number): string => `{"a":1${' '.repeat(length - 7)}}`
  assert.notEqual(cacheKeys(0)(request('', route, {}, padded(1_048_576))), undefined)
  assert.equal(cacheKeys(0)(request('', route, {}, padded(1_048_577))), undefined)
})

test('a key stays the same however many others were asked for meanwhile, and no two are alike', () => {
  const keyOf = cacheKeys(0)
  const first = keyOf(request('0'))
  const keys = Array.from({ length: 10_000 }, (_, item) => keyOf(request(String(item))))
  assert.equal(new Set(keys).size, 10_000)
  assert.deepEqual([keyOf(request('0')), keys[0]], [first, first])
})

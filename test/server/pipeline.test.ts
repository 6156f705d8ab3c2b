import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'

import { jsonAnswer } from '../../src/server/answer.ts'
import { compose } from '../../src/server/pipeline.ts'
import type { Middleware } from '../../src/server/pipeline.ts'
import { RequestContext } from '../../src/server/request-context.ts'
import { Router } from '../../src/server/router.ts'
import type { Route } from '../../src/server/router.ts'

const ROUTE: Route = { method: 'GET', path: '/a', handle: () => jsonAnswer(200, 'a') }

const STRANGER = { headers: {} }

function contextOf(route: Route = ROUTE): RequestContext {
  const request = new IncomingMessage(new Socket())
  return new RequestContext(request, new ServerResponse(request), 1_000, {
    path: route.path,
    query: '',
    route,
    expectsContinue: false,
  })
}

test('layers run from the outside in and come back from the inside out', async () => {
  const seen: string[] = []
  const layer =
    (name: string): Middleware =>
    async (context, next) => {
      seen.push(`${name} in`)
      const answer = await next(context)
      seen.push(`${name} out`)
      return answer
    }
  await compose([layer('outer'), layer('inner')], ROUTE.handle)(contextOf())
  assert.deepEqual(seen, ['outer in', 'inner in', 'inner out', 'outer out'])
})

test('a layer that answers itself keeps the request from everything inside', () => {
  const refused = jsonAnswer(429, {})
  const chain = compose([() => refused, () => assert.fail('reached')], () => assert.fail('reached'))
  assert.equal(chain(contextOf()), refused)
})

test('a route is found by method and exact path, HEAD like GET; otherwise the methods of the path are told', () => {
  const post: Route = { method: 'POST', path: '/a', handle: () => jsonAnswer(200, 'post') }
  const router = new Router([ROUTE, post])
  assert.deepEqual(
    [
      router.match('GET', '/a', STRANGER).route,
      router.match('HEAD', '/a', STRANGER).route,
      router.match('POST', '/a', STRANGER).route,
    ],
    [ROUTE, ROUTE, post],
  )
  assert.deepEqual(router.match('DELETE', '/a', STRANGER).allowed, ['GET', 'HEAD', 'POST'])
  for (const path of ['/A', '/a/', '//a', '/constructor', ''])
    assert.deepEqual(router.match('GET', path, STRANGER).allowed, [], path)
})

test('giving a request up tells everybody once, also those who come later', () => {
  const context = contextOf()
  const told: string[] = []
  const { signal } = context
  context.onAbort(() => told.push('early'))
  context.abort()
  context.abort()
  context.onAbort(() => told.push('late'))
  assert.deepEqual([told, signal.aborted, context.signal.aborted], [['early', 'late'], true, true])
})

test('shared work is given up when its own signal says so, not when the first caller leaves', () => {
  const context = contextOf()
  const sharing = new AbortController()
  const shared = context.shared(sharing.signal)
  context.abort()
  assert.equal(shared.signal.aborted, false)
  sharing.abort()
  assert.equal(shared.signal.aborted, true)
})

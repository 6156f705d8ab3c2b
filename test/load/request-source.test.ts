import assert from 'node:assert/strict'
import { test } from 'node:test'

import { IncompleteError } from '../../src/core/errors.ts'
import type { GeneratorPlan } from '../../src/core/generator-messages.ts'
import type { PlannedRequest } from '../../src/core/workload.ts'
import { AnswerCheck } from '../../src/load/answer-check.ts'
import { RequestSource, type SourcedRequest } from '../../src/load/request-source.ts'
import { GET, planFor } from '../support/plans.ts'

const LOGIN: PlannedRequest = {
  ...GET,
  name: 'login',
  path: '/login/{{users.name}}',
  captures: [{ name: 'token', from: 'header', selector: 'x-token' }],
}
const ACCOUNT: PlannedRequest = { ...GET, name: 'account', path: '/account', headers: { authorization: '{{token}}' } }
const USERS = {
  rows: ['ada', 'bob', 'cy', 'dee', 'eve'].map((name) => ({ name })),
  pick: 'in-order',
} as const

function sourceOf(changes: Partial<GeneratorPlan>): RequestSource {
  return new RequestSource(planFor('http://127.0.0.1:1', changes))
}

/** Answers a request with 200 and the headers. */
function answer(sourced: SourcedRequest, client: number, headers: readonly string[], statusCode = 200): void {
  const check = new AnswerCheck(sourced.rules, client)
  check.onHead(statusCode, headers)
  check.finish()
}

test('a request without templates is the very object of the plan, and nothing is made for it', () => {
  const plan = planFor('http://127.0.0.1:1', { requests: [GET] })
  const source = new RequestSource(plan)
  const first = source.next(0)
  assert.equal(first.request, plan.requests[0])
  assert.equal(source.next(1), first)
})

test('several generators together send the requests of one, in number, rows, draws and order', () => {
  const requests = [
    { ...GET, name: 'a', path: '/{{index}}/{{users.name}}/{{any.name}}/{{uuid}}/{{random(1,1000)}}', weight: 3 },
    { ...GET, name: 'b', path: '/{{users.name}}', weight: 2 },
    { ...GET, name: 'c', path: '/static', weight: 1 },
  ]
  const data = { users: USERS, any: { ...USERS, pick: 'random' } } as const
  const lengthOfRun = 84
  const sequenceOf = (of: number): readonly string[] => {
    const sources = Array.from({ length: of }, (_, index) =>
      sourceOf({ requests, data, seed: 9, share: { index, of } }),
    )
    return Array.from({ length: lengthOfRun }, (_, number) => sources[number % of]?.next(0).request.path ?? '')
  }
  const whole = sequenceOf(1)
  assert.deepEqual(
    whole.filter((path) => path.split('/').length > 3).map((path) => Number(path.split('/')[1])),
    whole.flatMap((path, number) => (path.split('/').length > 3 ? [number] : [])),
  )
  for (const generators of [2, 3, 7]) assert.deepEqual(sequenceOf(generators), whole, `${generators} generators`)
})

test('rows read in order are used once each by every request that reads them, and then again', () => {
  const requests = [
    { ...GET, name: 'a', path: '/a/{{users.name}}', weight: 2 },
    { ...GET, name: 'b', path: '/b/{{users.name}}', weight: 1 },
  ]
  const sources = [0, 1, 2].map((index) => sourceOf({ requests, data: { users: USERS }, share: { index, of: 3 } }))
  const paths = sources.flatMap((source) => Array.from({ length: 5 }, () => source.next(0).request.path))
  const uses = (path: string): number => paths.filter((one) => one === path).length
  assert.deepEqual(
    USERS.rows.map(({ name }) => [uses(`/a/${name}`), uses(`/b/${name}`)]),
    USERS.rows.map(() => [2, 1]),
  )
})

test('all columns of a request come from the same row, also of a random one', () => {
  const rows = Array.from({ length: 50 }, (_, id) => ({ id: String(id), same: String(id) }))
  const requests = [{ ...GET, path: '/{{any.id}}/{{any.same}}' }]
  const source = sourceOf({ requests, data: { any: { rows, pick: 'random' } } })
  const seen = Array.from({ length: 500 }, () => source.next(0).request.path)
  for (const path of seen) assert.equal(path.split('/')[1], path.split('/')[2])
  assert.equal(new Set(seen).size, 50)
})

test('values are percent-encoded in a path and a form, escaped in JSON, and as they are elsewhere', () => {
  const data = { odd: { rows: [{ text: 'a "b"/ü&' }], pick: 'in-order' } } as const
  const bodyOf = (type: string): string => {
    const requests = [{ ...GET, method: 'POST', headers: { 'content-type': type }, body: '{"x":"{{odd.text}}"}' }]
    return sourceOf({ requests, data }).next(0).request.body ?? ''
  }
  assert.equal(
    sourceOf({ requests: [{ ...GET, path: '/{{odd.text}}' }], data }).next(0).request.path,
    '/a%20%22b%22%2F%C3%BC%26',
  )
  assert.deepEqual(JSON.parse(bodyOf('application/problem+json; charset=utf-8')), { x: 'a "b"/ü&' })
  assert.equal(bodyOf('application/x-www-form-urlencoded'), '{"x":"a%20%22b%22%2F%C3%BC%26"}')
  assert.equal(bodyOf('text/plain'), '{"x":"a "b"/ü&"}')
})

for (const [what, text] of [
  ['a line break', 'a\r\nx-admin: 1'],
  ['a letter beyond ASCII', 'ü'],
] as const) {
  test(`a header value with ${what} fails the phase, naming request and header`, () => {
    const requests = [{ ...GET, name: 'buy', headers: { 'x-user': '{{odd.text}}' } }]
    const source = sourceOf({ requests, data: { odd: { rows: [{ text }], pick: 'in-order' } } })
    assert.throws(
      () => source.next(0),
      (error) => error instanceof IncompleteError && /^buy: .*x-user/.test(error.message),
    )
  })
}

test('a request gives way to the one that captures what it needs, until its client has it', () => {
  const source = sourceOf({ requests: [ACCOUNT, { ...LOGIN, weight: 1 }], data: { users: USERS } })
  const sentBy = (client: number, times: number): readonly string[] =>
    Array.from({ length: times }, () => source.next(client).request.path)
  assert.deepEqual(new Set(sentBy(0, 20).filter((path) => path.startsWith('/login'))).size > 0, true)
  assert.ok(sentBy(0, 20).every((path) => path.startsWith('/login')))

  let sourced = source.next(0)
  answer(sourced, 0, ['X-Token', 'secret'])
  for (let tries = 0; tries < 20 && sourced.request.name !== 'account'; tries++) sourced = source.next(0)
  assert.deepEqual(sourced.request, { ...ACCOUNT, headers: { authorization: 'secret' } })
  assert.ok(
    sentBy(1, 20).every((path) => path.startsWith('/login')),
    'what one client has another has not',
  )
})

test('a request that gives way lets its client log in with the row of its number', () => {
  const source = sourceOf({ requests: [ACCOUNT, { ...LOGIN, weight: 0 }], data: { users: USERS } })
  assert.deepEqual(
    [3, 0, 6].map((client) => source.next(client).request.path),
    ['/login/dee', '/login/ada', '/login/bob'],
  )
})

test('a wrong answer is not captured from, nor one that does not have the value', () => {
  const source = sourceOf({ requests: [ACCOUNT, { ...LOGIN, weight: 0 }], data: { users: USERS } })
  answer(source.next(0), 0, ['x-token', 'stolen'], 500)
  answer(source.next(0), 0, ['x-other', 'value'])
  assert.equal(source.next(0).request.name, 'login')
})

test('a capture that its request itself needs, or that none makes, fails the phase', () => {
  const circle = { ...LOGIN, path: '/{{token}}' }
  assert.throws(() => sourceOf({ requests: [circle] }).next(0), /needs that value itself/)
  assert.throws(
    () => sourceOf({ requests: [ACCOUNT] }).next(0),
    /account needs \{\{token\}\}, which no request captures/,
  )
})

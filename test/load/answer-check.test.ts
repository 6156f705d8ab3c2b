import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Capture, Expectation } from '../../src/core/workload.ts'
import { AnswerCheck } from '../../src/load/answer-check.ts'
import { type AnswerHeaders, AnswerRules } from '../../src/load/answer-rules.ts'
import { CapturedValues } from '../../src/load/captured-values.ts'
import type { CheckedAnswer } from '../../src/load/module-functions.ts'
import { GET } from '../support/plans.ts'

interface Answer {
  readonly status?: number
  readonly headers?: AnswerHeaders
  readonly body?: readonly string[]
}

interface Rules {
  readonly expect?: Expectation
  readonly captures?: readonly Capture[]
  readonly check?: (answer: CheckedAnswer) => boolean
}

const CLIENT = 4

function checkOf({ expect = {}, captures = [], check }: Rules, captured = new CapturedValues()): AnswerCheck {
  const request = { ...GET, expect, captures }
  return new AnswerCheck(new AnswerRules(request, captured, check), CLIENT)
}

function outcomeOf(check: AnswerCheck, { status = 200, headers = [], body = [] }: Answer): string {
  check.onHead(status, headers)
  for (const piece of body) check.onBody(Buffer.from(piece))
  return check.finish().outcome
}

function capturedFrom(captures: readonly Capture[], answer: Answer): Readonly<Record<string, string>> {
  const captured = new CapturedValues()
  outcomeOf(checkOf({ captures }, captured), answer)
  return { ...captured.of(CLIENT) }
}

const json = (selector: string): Capture => ({ name: 'value', from: 'json', selector })
const pattern = (selector: string): Capture => ({ name: 'value', from: 'pattern', selector })

test('any of several expected status codes is good, every other one is not', () => {
  const rules = { expect: { status: [201, 409] } }
  assert.deepEqual(
    [201, 409, 200, 429].map((status) => outcomeOf(checkOf(rules), { status })),
    ['good', 'good', 'failed', 'limited'],
  )
})

test('an expected text is found across the pieces of a body', () => {
  const rules = { expect: { bodyContains: 'needle' } }
  assert.equal(outcomeOf(checkOf(rules), { body: ['hay nee', 'dle hay'] }), 'good')
  assert.equal(outcomeOf(checkOf(rules), { body: ['hay'] }), 'mismatched')
  assert.equal(outcomeOf(checkOf(rules), { status: 503, body: ['hay'] }), 'shed')
})

test('UP20 an answer that says it is degraded is not the right one, unless it is the one expected', () => {
  const answer = { headers: ['X-Degraded', '1'] }
  assert.equal(outcomeOf(checkOf({}), answer), 'mismatched')
  assert.equal(outcomeOf(checkOf({ expect: { headers: { 'x-degraded': '1' } } }), answer), 'good')
})

test('an expected header contains its text whatever the case, in either form of headers', () => {
  const rules = { expect: { headers: { 'content-type': 'JSON', 'x-node': '' } } }
  const right = ['X-Node', 'a', 'Content-Type', 'application/json']
  assert.equal(outcomeOf(checkOf(rules), { headers: right }), 'good')
  assert.equal(
    outcomeOf(checkOf(rules), { headers: { 'content-type': 'application/Json', 'x-node': ['a', 'b'] } }),
    'good',
  )
  assert.equal(outcomeOf(checkOf(rules), { headers: right.slice(2) }), 'mismatched')
  assert.equal(outcomeOf(checkOf(rules), { headers: ['content-type', 'text/html', 'x-node', 'a'] }), 'mismatched')
})

test('the check of a module sees status, headers by lower-case name and body, and decides last', () => {
  let seen: CheckedAnswer | undefined
  const check = (answer: CheckedAnswer): boolean => {
    seen = answer
    return answer.body.length < 5
  }
  const headers = ['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'set-cookie', 'b=2']
  assert.equal(outcomeOf(checkOf({ check }), { headers, body: ['ü', '!'] }), 'good')
  assert.deepEqual(seen, {
    status: 200,
    headers: { 'content-type': 'text/plain', 'set-cookie': 'a=1, b=2' },
    body: 'ü!',
  })
  assert.equal(outcomeOf(checkOf({ check }), { body: ['too long'] }), 'mismatched')
  seen = undefined
  assert.equal(outcomeOf(checkOf({ check }), { status: 500 }), 'failed')
  assert.equal(seen, undefined)
})

test('a check that is begun again remembers nothing of the answer before', () => {
  const check = checkOf({ expect: { bodyContains: 'needle' } })
  assert.equal(outcomeOf(check, { body: ['needle'], headers: ['x-cache', 'HIT'] }), 'good')
  const request = { ...GET, expect: { bodyContains: 'needle' } }
  check.begin(new AnswerRules(request, new CapturedValues()), CLIENT)
  check.onHead(200, [])
  assert.deepEqual(check.finish(), { outcome: 'mismatched', statusCode: 200, isCached: false })
})

test('a JSON path leads through objects and lists to a text, a number, a truth or a part', () => {
  const body = ['{"auth":{"token":"s"},"items":[{"id":7},', '{"id":8,"tags":["x"]}],"ok":true,"none":null}']
  const valueAt = (path: string): string | undefined => capturedFrom([json(path)], { body })['value']
  assert.deepEqual(['auth.token', 'items.1.id', 'ok', 'items.1.tags'].map(valueAt), ['s', '8', 'true', '["x"]'])
  for (const path of ['none', 'auth.secret', 'items.2.id', 'items.length', 'auth.token.length', 'toString']) {
    assert.equal(valueAt(path), undefined, path)
  }
})

test('a body that is not JSON has no value at any path, and the answer stays good', () => {
  const captured = new CapturedValues()
  assert.equal(outcomeOf(checkOf({ captures: [json('token')] }, captured), { body: ['<html>'] }), 'good')
  assert.deepEqual({ ...captured.of(CLIENT) }, {})
})

test('a pattern captures its first group, a header capture the first header of its name', () => {
  const body = ['<input name="csrf" val', 'ue="abc123">']
  assert.deepEqual(capturedFrom([pattern('csrf" value="(\\w+)"')], { body }), { value: 'abc123' })
  assert.deepEqual(capturedFrom([pattern('id=(\\d+)')], { body }), {})
  const location: Capture = { name: 'place', from: 'header', selector: 'location' }
  assert.deepEqual(capturedFrom([location], { status: 302, headers: ['Location', '/cart/7'] }), { place: '/cart/7' })
})

test('nothing is captured from an answer that is not good', () => {
  assert.deepEqual(capturedFrom([json('token')], { status: 404, body: ['{"token":"x"}'] }), {})
})

test('of a large body only the first MiB is looked at', () => {
  const captures = [pattern('(first)'), { ...pattern('(last)'), name: 'late' }]
  const body = ['first', 'x'.repeat(1_048_576), 'last']
  assert.deepEqual(capturedFrom(captures, { body }), { value: 'first' })
})

test('headers with names that every object knows are there when they were sent, and only then', () => {
  const expect = { headers: { constructor: 'yes' } }
  assert.equal(outcomeOf(checkOf({ expect }), { headers: {} }), 'mismatched')
  assert.equal(outcomeOf(checkOf({ expect }), { headers: { constructor: 'yes' } }), 'good')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { planRequests } from '../../src/bench/planned-requests.ts'
import { parseScenario } from '../../src/bench/scenario-file.ts'
import { ScenarioError } from '../../src/core/errors.ts'
import type { Scenario } from '../../src/core/scenario.ts'

function scenarioOf(request: Readonly<Record<string, unknown>>): Scenario {
  const scenario = {
    name: 'probe',
    description: 'one request',
    requests: [{ path: '/', ...request }],
    phases: [{ name: 'only', kind: 'closed', connections: 1, duration: '1s' }],
  }
  return parseScenario(JSON.stringify(scenario), 'probe.json')
}

test('an object as body is sent as JSON with its content type, and header names become lower-case', () => {
  const [request] = planRequests(scenarioOf({ method: 'POST', body: { a: 1 }, headers: { 'X-One': '1' } }))
  assert.deepEqual([request?.body, request?.headers], ['{"a":1}', { 'content-type': 'application/json', 'x-one': '1' }])
})

test('a content type that is given stays', () => {
  const [request] = planRequests(
    scenarioOf({ body: { a: 1 }, headers: { 'Content-Type': 'application/vnd.api+json' } }),
  )
  assert.deepEqual(request?.headers, { 'content-type': 'application/vnd.api+json' })
})

test('expectations and captures keep their meaning, with lower-case header names', () => {
  const [request] = planRequests(
    scenarioOf({
      expect: { status: [200, 404], bodyContains: 'ok', headers: { 'X-Cache': 'HIT' } },
      capture: { token: { json: 'auth.token' }, next: { header: 'Location' }, id: { pattern: 'id=(\\d+)' } },
    }),
  )
  assert.deepEqual(request?.expect, { status: [200, 404], bodyContains: 'ok', headers: { 'x-cache': 'HIT' } })
  assert.deepEqual(request?.captures, [
    { name: 'token', from: 'json', selector: 'auth.token' },
    { name: 'next', from: 'header', selector: 'location' },
    { name: 'id', from: 'pattern', selector: 'id=(\\d+)' },
  ])
})

test('environment variables are put in as each place needs it, and stay out of the name', () => {
  const [request] = planRequests(
    scenarioOf({
      path: '/{{env.KEY}}/{{index}}',
      headers: { authorization: 'Bearer {{ env.KEY }}' },
      body: { key: '{{env.KEY}}' },
    }),
    { KEY: 'a/b "c"' },
  )
  // RFC 3986 percent-encoding of / " and blank; JSON escaping of quotes
  assert.equal(request?.path, '/a%2Fb%20%22c%22/{{index}}')
  assert.equal(request?.headers['authorization'], 'Bearer a/b "c"')
  assert.equal(request?.body, String.raw`{"key":"a/b \"c\""}`)
  assert.equal(request?.name, 'GET /{{env.KEY}}/{{index}}')
})

test('every variable that is not set, or empty, is named', () => {
  const scenario = scenarioOf({ path: '/{{env.ONE}}', headers: { a: '{{env.TWO}}', b: '{{env.THREE}}' } })
  assert.throws(
    () => planRequests(scenario, { TWO: '', THREE: '3' }),
    (error) =>
      error instanceof ScenarioError &&
      error.message.endsWith('environment variable ONE, which is not set, and TWO, which is empty'),
  )
})

test('a variable is percent-encoded in a form', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const [request] = planRequests(scenarioOf({ body: 'key={{env.KEY}}&n={{index}}', headers }), { KEY: 'a&b' })
  assert.equal(request?.body, 'key=a%26b&n={{index}}')
})

test('a variable that no header can hold is refused there, and may stand in a body', () => {
  assert.throws(
    () => planRequests(scenarioOf({ headers: { a: '{{env.KEY}}' } }), { KEY: 'Zoë' }),
    (error) => error instanceof ScenarioError && /KEY holds .* not ASCII/.test(error.message),
  )
  assert.equal(planRequests(scenarioOf({ body: '{{env.KEY}}' }), { KEY: 'Zoë' })[0]?.body, 'Zoë')
})

test('a variable that would break a header or be read as a template is refused without being shown', () => {
  const scenario = scenarioOf({ headers: { a: '{{env.KEY}}' } })
  for (const secret of ['s3cret\r\nx: y', 's3cret{{index}}']) {
    assert.throws(
      () => planRequests(scenario, { KEY: secret }),
      (error) => error instanceof ScenarioError && /KEY/.test(error.message) && !error.message.includes('s3cret'),
    )
  }
})

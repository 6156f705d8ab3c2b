import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseNewTasks, parseTaskQuery } from '../../../src/server/routes/task-input.ts'

function tasksOf(value: unknown): ReturnType<typeof parseNewTasks> {
  return parseNewTasks(Buffer.from(JSON.stringify(value)), () => 'new-id')
}

test('a query is a page with its filters, or one task', () => {
  assert.deepEqual(parseTaskQuery(''), { kind: 'page', filter: { page: 1, limit: 20 } })
  assert.deepEqual(parseTaskQuery('status=dead&service=a.b-c&page=2&limit=100'), {
    kind: 'page',
    filter: { page: 2, limit: 100, status: 'dead', service: 'a.b-c' },
  })
  assert.deepEqual(parseTaskQuery('status=&service='), { kind: 'page', filter: { page: 1, limit: 20 } })
  assert.deepEqual(parseTaskQuery('id=a:1'), { kind: 'one', id: 'a:1' })
})

test('every problem of a query is named', () => {
  for (const [query, problem] of [
    ['limit=0', 'limit must be a whole number from 1 to 100, got "0"'],
    ['limit=1e2', 'limit must be a whole number from 1 to 100, got "1e2"'],
    ['page=10001', 'page must be a whole number from 1 to 10000, got "10001"'],
    ['status=waiting', 'status must be queued, running, done, dead, got "waiting"'],
    ['service=a%20b', 'service must be 1 to 64 letters, digits or . _ -, got "a b"'],
    ['id=1&page=2', 'id must stand alone'],
    ['page=1&page=2', 'page is given twice'],
    ['toString=1', 'toString is not known (id, status, service, page, limit are)'],
  ] as const) {
    assert.equal(parseTaskQuery(query), problem)
  }
  const both = parseTaskQuery('limit=0&page=x')
  assert.ok(typeof both === 'string')
  assert.match(both, /^page must .*; limit must /)
})

test('a body is one task or a list of tasks, with an id for those that bring none', () => {
  assert.deepEqual(tasksOf({ service: 'a', payload: { b: 1 } }), [{ id: 'new-id', service: 'a', payload: '{"b":1}' }])
  assert.deepEqual(
    tasksOf([
      { id: 'x', service: 'a', payload: {} },
      { service: 'b', payload: {} },
    ]),
    [
      { id: 'x', service: 'a', payload: '{}' },
      { id: 'new-id', service: 'b', payload: '{}' },
    ],
  )
  const many = Array.from({ length: 1_000 }, () => ({ service: 'a', payload: {} }))
  assert.equal(tasksOf(many).length, 1_000)
})

test('the first task that is wrong is named with its field', () => {
  const right = { service: 'a', payload: {} }
  for (const [body, problem] of [
    [[], 'the body must be one task or a list of 1 to 1000, got 0'],
    [Array.from({ length: 1_001 }, () => right), 'the body must be one task or a list of 1 to 1000, got 1001'],
    ['text', 'a task must be an object'],
    [[right, null], 'tasks[1]: a task must be an object'],
    [{ payload: {} }, 'service must be 1 to 64 letters, digits or . _ -'],
    [{ ...right, id: 7 }, 'id must be 1 to 64 letters, digits or . _ : -'],
    [{ ...right, id: 'a b' }, 'id must be 1 to 64 letters, digits or . _ : -'],
    [{ service: 'a' }, 'payload must be an object of at most 65536 characters as JSON'],
    [{ service: 'a', payload: [] }, 'payload must be an object of at most 65536 characters as JSON'],
    [
      { service: 'a', payload: { text: 'x'.repeat(65_536) } },
      'payload must be an object of at most 65536 characters as JSON',
    ],
    [{ ...right, status: 'done' }, 'status is not known (id, service, payload are)'],
  ] as const) {
    assert.equal(tasksOf(body), problem)
  }
  assert.equal(
    parseNewTasks(Buffer.from('{'), () => ''),
    'the body must be JSON',
  )
})

test('a payload that is nested so deep that it could not be written is refused', () => {
  const parsed = (levels: number): ReturnType<typeof parseNewTasks> => {
    const nested = '['.repeat(levels) + ']'.repeat(levels)
    return parseNewTasks(Buffer.from(`{"service":"a","payload":{"b":${nested}}}`), () => 'new-id')
  }
  for (const levels of [100, 200_000]) {
    const refused = parsed(levels)
    assert.ok(typeof refused === 'string')
    assert.match(refused, /nested deeper than 100 levels/)
  }
  assert.ok(Array.isArray(parsed(99)))
})

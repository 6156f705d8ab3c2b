import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { IncompleteError } from '../../src/core/errors.ts'
import type { GeneratorPlan } from '../../src/core/generator-messages.ts'
import { loadModuleFunctions, type ModuleFunctions, type RequestContext } from '../../src/load/module-functions.ts'
import { RequestSource } from '../../src/load/request-source.ts'
import { GET, planFor } from '../support/plans.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder('module')
let files = 0

const CONTEXT: RequestContext = { index: 7, client: 2, random: () => 0.5, data: {}, captured: {} }

/** A module whose default export has these requests, as they stand in its text; of one request unless names are given. */
function load(requests: string, names: readonly string[] = ['only']): Promise<ModuleFunctions> {
  const file = join(folder, `scenario-${++files}.ts`)
  writeFileSync(file, `interface Given { readonly index: number }\nexport default { requests: ${requests} }\n`)
  return loadModuleFunctions(pathToFileURL(file).href, names)
}

function failsWith(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof IncompleteError && pattern.test(error.message)
}

test('the functions of a TypeScript module are found where they stand, and nothing else', async () => {
  const requests = `[
    { path: '/static', body: 'text' },
    { path: ({ index }: Given) => '/items/' + index, headers: { 'X-A': () => 'a', 'x-b': 'b' },
      body: ({ index }: Given) => ({ index }), expect: { check: ({ status }: { status: number }) => status === 201 } },
  ]`
  const [first, second] = await load(requests, ['plain', 'computed'])
  assert.deepEqual(first, { path: undefined, headers: {}, body: undefined, check: undefined })
  assert.equal(second?.path?.(CONTEXT), '/items/7')
  assert.deepEqual(Object.keys(second.headers), ['x-a'])
  assert.equal(second.headers['x-a']?.(CONTEXT), 'a')
  assert.equal(second.body?.(CONTEXT), '{"index":7}')
  assert.equal(second.check?.({ status: 201, headers: {}, body: '' }), true)
})

test('a function that throws, or gives what it must not, fails with its request and its message', async () => {
  const requests = `[
    { path: () => { throw new Error('no stock') } },
    { body: async () => 'late' },
    { headers: { 'x-n': () => 7 } },
    { path: () => '/a b' },
    { expect: { check: () => 'yes' } },
  ]`
  const [throws, async, number, blank, check] = await load(requests, ['buy', 'wait', 'count', 'blank', 'judge'])
  assert.throws(() => throws?.path?.(CONTEXT), failsWith(/^buy: path threw: no stock$/))
  assert.throws(() => async?.body?.(CONTEXT), failsWith(/^wait: body gave a promise$/))
  assert.throws(() => number?.headers['x-n']?.(CONTEXT), failsWith(/^count: x-n must give a text, got number$/))
  assert.throws(() => blank?.path?.(CONTEXT), failsWith(/^blank: path must give a path .*"\/a b"$/))
  assert.throws(() => check?.check?.({ status: 200, headers: {}, body: '' }), failsWith(/^judge: expect.check must/))
})

test('functions are called what their requests are called in the plan', async () => {
  const file = join(folder, 'computed.ts')
  writeFileSync(file, `export default { requests: [{ path: () => { throw new Error('no stock') } }] }\n`)
  const url = pathToFileURL(file).href
  const [computed] = await loadModuleFunctions(url, ['GET /(computed)'])
  assert.throws(() => computed?.path?.(CONTEXT), failsWith(/^GET \/\(computed\): path threw: no stock$/))
  await assert.rejects(
    loadModuleFunctions(url, ['a', 'b']),
    failsWith(/has 1 requests in the generator, 2 in the plan/),
  )
})

test('headers may have names that every object knows', async () => {
  const functions = await load(`[{ headers: { constructor: () => 'given' } }]`)
  const headersOf = (plan: Partial<GeneratorPlan>, given?: ModuleFunctions): unknown =>
    new RequestSource(planFor('http://127.0.0.1:1', plan), given).next(0).request.headers
  assert.deepEqual(headersOf({}, functions), { constructor: 'given' })
  assert.deepEqual(headersOf({ requests: [{ ...GET, headers: { valueOf: '{{index}}' } }] }, [{ headers: {} }]), {
    valueOf: '0',
  })
})

test('a module that cannot be imported, or has no requests, is told', async () => {
  await assert.rejects(
    loadModuleFunctions(pathToFileURL(join(folder, 'none.ts')).href, ['only']),
    failsWith(/cannot be imported/),
  )
  await assert.rejects(load('undefined'), failsWith(/has no list of requests/))
})

test('functions see the number, client, rows and captures of their request, and draw the same again', async () => {
  const functions = await load(`[{ path: ({ index, client, random, data, captured }) =>
    ['', index, client, random(), random(), data.users.name, captured.token ?? 'none'].join('/') }]`)
  const plan = planFor('http://127.0.0.1:1', {
    requests: [{ ...GET, path: '/(computed)' }],
    data: { users: { rows: [{ name: 'ada' }, { name: 'bob' }], pick: 'in-order' } },
  })
  const pathsOf = (source: RequestSource): readonly string[] => [4, 5].map((client) => source.next(client).request.path)
  const paths = pathsOf(new RequestSource(plan, functions))
  const [, index, client, first, second, name, token] = paths[1]?.split('/') ?? []
  assert.deepEqual([index, client, name, token], ['1', '5', 'bob', 'none'])
  assert.notEqual(first, second)
  assert.deepEqual(pathsOf(new RequestSource(plan, functions)), paths)
})

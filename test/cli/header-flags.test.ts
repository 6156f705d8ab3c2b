import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { collectHeader } from '../../src/cli/header-flags.ts'
import { resolveHeaders } from '../../src/cli/resolve-headers.ts'
import { UsageError } from '../../src/core/errors.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder('headers')

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** A usage error that says this and nothing of the secret. */
function tells(...patterns: readonly RegExp[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UsageError)
    const text = `${error.message}\n${error.hint}`
    for (const pattern of patterns) assert.match(text, pattern)
    assert.doesNotMatch(text, /s3cret/)
    return true
  }
}

test('headers are collected in order, and a later one of the same name replaces an earlier one', async () => {
  const flags = collectHeader('Accept: text/html', collectHeader('X-Trace:1', collectHeader('accept:  */*')))
  assert.deepEqual(await resolveHeaders(flags, {}), { headers: { accept: 'text/html', 'x-trace': '1' }, secrets: [] })
})

for (const name of [
  'authorization',
  'Proxy-Authorization',
  'COOKIE',
  'x-api-key',
  'x-csrf-token',
  'my-secret',
  'db-password',
]) {
  test(`a literal ${name} is refused, and both other ways are told`, () => {
    assert.throws(() => collectHeader(`${name}: s3cret`), tells(/\{\{env\.TOKEN\}\}/, /-H @headers\.txt/))
  })
}

test('a wrong header is not repeated in the message', () => {
  assert.throws(() => collectHeader('authorization s3cret'), tells(/name: value/))
})

test('a secret comes from the environment, and is known as one', async () => {
  const flags = collectHeader('authorization: Bearer {{env.TOKEN}}')
  assert.deepEqual(await resolveHeaders(flags, { TOKEN: 's3cret' }), {
    headers: { authorization: 'Bearer s3cret' },
    secrets: ['s3cret'],
  })
})

test('a variable that is not set, or empty, is named together with the nearest one', async () => {
  const flags = collectHeader('authorization: Bearer {{env.API_TOKEN}}')
  await assert.rejects(
    resolveHeaders(flags, { API_TOKENS: 's3cret' }),
    tells(/API_TOKEN is not set/, /did you mean API_TOKENS/),
  )
  await assert.rejects(resolveHeaders(flags, { API_TOKEN: '' }), tells(/API_TOKEN is empty/))
})

test('a variable that ends with a line break cannot be sent', async () => {
  const flags = collectHeader('authorization: Bearer {{env.TOKEN}}')
  await assert.rejects(resolveHeaders(flags, { TOKEN: 's3cret\n' }), tells(/line break/))
})

test('a template that means nothing, or that only a scenario could fill in, is refused', async () => {
  await assert.rejects(resolveHeaders(collectHeader('x-a: {{s3cret'), {}), tells(/x-a/, /\{\{index\}\}/))
  await assert.rejects(
    resolveHeaders(collectHeader('x-a: {{users.id}}'), {}),
    tells(/\{\{users\.id\}\}/, /scenario file/),
  )
  const { headers } = await resolveHeaders(collectHeader('x-request-id: {{uuid}}'), {})
  assert.deepEqual(headers, { 'x-request-id': '{{uuid}}' })
})

test('a secret that would be read as a template is refused', async () => {
  const flags = collectHeader('authorization: Bearer {{env.TOKEN}}')
  await assert.rejects(resolveHeaders(flags, { TOKEN: '{{index}}s3cret' }), tells(/\{\{/))
})

test('headers that tune sets itself are refused', async () => {
  await assert.rejects(resolveHeaders(collectHeader('Content-Length: 5'), {}), tells(/content-length/, /leave it out/))
})

test('a file holds one header a line, beside comments and empty lines', async () => {
  const path = file(
    'good.txt',
    '# for the test account\r\nauthorization: Bearer s3cret\r\n\r\nx-tenant: {{env.TENANT}}\n',
  )
  const { headers, secrets } = await resolveHeaders(collectHeader(`@${path}`), { TENANT: 'blue' })
  assert.deepEqual(headers, { authorization: 'Bearer s3cret', 'x-tenant': 'blue' })
  assert.ok(secrets.includes('s3cret'), 'without its scheme')
})

test('a wrong line of a file is told by file and line, not by what it holds', async () => {
  const path = file('wrong.txt', 'accept: */*\nauthorization s3cret\n')
  await assert.rejects(resolveHeaders(collectHeader(`@${path}`), {}), tells(/wrong\.txt, line 2/))
})

test('a file that is not there is told', async () => {
  await assert.rejects(resolveHeaders(collectHeader('@/no/such/file'), {}), tells(/\/no\/such\/file/, /path of a file/))
})

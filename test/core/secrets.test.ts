import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isSecretName, shownValue, withoutSecrets, withoutValues } from '../../src/core/secrets.ts'

for (const name of [
  'authorization',
  'Proxy-Authorization',
  'cookie',
  'x-api-key',
  'X-Auth-Token',
  'client_secret',
  'DB_PASSWORD',
  'PGPASSWORD',
  'AWS_SECRET_ACCESS_KEY',
  'GITHUB_TOKEN',
  'x-auth',
]) {
  test(`${name} is the name of a secret`, () => {
    assert.equal(isSecretName(name), true)
  })
}

for (const name of ['accept', 'content-type', 'author', 'PORT', 'WEB_CONCURRENCY', 'x-request-id', 'KEEP_ALIVE']) {
  test(`${name} is not the name of a secret`, () => {
    assert.equal(isSecretName(name), false)
  })
}

test('the user information of an address is masked, also where the password holds an @', () => {
  assert.equal(withoutSecrets('postgres://app:hunter2@db:5432/items'), 'postgres://***@db:5432/items')
  assert.equal(
    withoutSecrets('see http://a:b@c@host/x and http://host/y@z'),
    'see http://***@host/x and http://host/y@z',
  )
})

test('assignments to a secret name are masked, others are not', () => {
  assert.equal(withoutSecrets('node app.js --api-key=abc --port=3000'), 'node app.js --api-key=*** --port=3000')
  assert.equal(withoutSecrets('http://host/?access_token=abc&page=2'), 'http://host/?access_token=***&page=2')
})

test('a value in quotes is masked as a whole, and what stands behind it is kept', () => {
  assert.equal(withoutSecrets('app --api-key="s3 cret" --port=1'), 'app --api-key=*** --port=1')
  assert.equal(withoutSecrets("app --password='s3 cret'"), 'app --password=***')
  assert.equal(withoutSecrets(String.raw`sh -c "app --token=\"s3 cret\""`), String.raw`sh -c "app --token=***"`)
  assert.equal(withoutSecrets("sh -c 'app --token=s3cret' now"), "sh -c 'app --token=***' now")
  assert.equal(withoutSecrets('app --token="s3 cret'), 'app --token=***')
})

test('a value is shown by its name', () => {
  assert.equal(shownValue('DB_PASSWORD', 'hunter2'), '***')
  assert.equal(shownValue('DATABASE_URL', 'postgres://app:hunter2@db/items'), 'postgres://***@db/items')
  assert.equal(shownValue('PORT', '3000'), '3000')
})

test('known secrets are masked wherever they occur', () => {
  assert.equal(withoutValues('Bearer s3cret, again s3cret.', ['s3cret']), 'Bearer ***, again ***.')
})

test('of secrets that begin alike the whole of the longer one is masked', () => {
  assert.equal(withoutValues('abcdef abcd', ['abcd', 'abcdef']), '*** ***')
})

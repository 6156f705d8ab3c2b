import assert from 'node:assert/strict'
import { test } from 'node:test'

import { commandLine } from '../../src/cli/command-line.ts'

test('the command of a report can be pasted into a shell', () => {
  assert.equal(
    commandLine(['bench', '--objective', 'p95 < 200ms', '-d', '2s']),
    "tune bench --objective 'p95 < 200ms' -d 2s",
  )
  assert.equal(commandLine(['bench', '-b', "it's"]), String.raw`tune bench -b 'it'\''s'`)
})

for (const words of [
  ['-H', 'authorization: Bearer s3cret'],
  ['--header', 'cookie: s3cret'],
  ['-Hauthorization: s3cret'],
  ['--header=x-api-key: s3cret'],
  ['--env', 'DB_PASSWORD=s3cret and more s3cret'],
  ['--env=API_TOKEN=s3cret'],
  ['--env', 'DATABASE_URL=postgres://app:s3cret@db/items'],
  ['--cmd', 'node app.js --api-key=s3cret'],
  ['--cmd', 'node app.js --api-key="s3cret"'],
  ['-H', 'authorization: Bearer s3cret {{env.TOKEN}}'],
  ['-H', 'x-api-key: s3cret {{env.REST}}'],
  ['--env', 'DB_PASSWORD=s3cret {{env.REST}}'],
  ['--url', 'http://app:s3cret@127.0.0.1/'],
  ['--url', 'http://127.0.0.1/?access_token=s3cret'],
]) {
  test(`the secret of ${words.join(' ')} is not written into a report`, () => {
    const command = commandLine(['bench', ...words])
    assert.doesNotMatch(command, /s3cret/)
    assert.match(command, /\*\*\*/)
  })
}

test('what is no secret stands in the report as it was given', () => {
  assert.equal(
    commandLine(['bench', '-H', 'accept: text/html', '-H', '@secrets.txt', '--env', 'PORT={port}']),
    "tune bench -H 'accept: text/html' -H @secrets.txt --env 'PORT={port}'",
  )
})

test('a secret that is only taken from the environment is none here, so that the command can be run again', () => {
  assert.equal(
    commandLine([
      'bench',
      '-H',
      'authorization: Bearer {{env.TOKEN}}',
      '--env',
      'DB_PASSWORD={{ env.PASSWORD }}',
      '-Hcookie:{{env.C}}',
    ]),
    "tune bench -H 'authorization: Bearer {{env.TOKEN}}' --env 'DB_PASSWORD={{ env.PASSWORD }}' '-Hcookie:{{env.C}}'",
  )
})

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
]) {
  test(`the value of ${words.join(' ')} is not written into a report`, () => {
    const command = commandLine(['bench', ...words])
    assert.doesNotMatch(command, /s3cret/)
    assert.match(command, /: \*\*\*/)
  })
}

import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { createFile, replaceFile } from '../../src/cli/write-file.ts'
import { UsageError } from '../../src/core/errors.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function newFolder(): string {
  return temporaryFolder('write')
}

test('a new file is written whole, and nothing beside it is left', async () => {
  const folder = newFolder()
  await createFile(join(folder, 'a.env'), 'A=1\n')
  assert.equal(readFileSync(join(folder, 'a.env'), 'utf8'), 'A=1\n')
  assert.deepEqual(readdirSync(folder), ['a.env'])
})

test('a file that appeared meanwhile is kept, and so is a link that leads nowhere', async () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'a.env'), 'mine')
  symlinkSync('nowhere', join(folder, 'b.env'))
  await assert.rejects(createFile(join(folder, 'a.env'), 'A=1\n'), UsageError)
  await assert.rejects(createFile(join(folder, 'b.env'), 'A=1\n'), UsageError)
  assert.equal(readFileSync(join(folder, 'a.env'), 'utf8'), 'mine')
  assert.deepEqual(readdirSync(folder), ['a.env', 'b.env'])
})

test('a file is replaced with its permissions, and through a symbolic link', async () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'a.env'), 'old')
  chmodSync(join(folder, 'a.env'), 0o660)
  symlinkSync('a.env', join(folder, 'link.env'))
  await replaceFile(join(folder, 'link.env'), 'A=2\n')
  assert.equal(readFileSync(join(folder, 'a.env'), 'utf8'), 'A=2\n')
  assert.equal(statSync(join(folder, 'a.env')).mode & 0o777, 0o660)
  assert.deepEqual(readdirSync(folder), ['a.env', 'link.env'])
})

test('a folder that is not there is said, with what to do', async () => {
  const file = join(newFolder(), 'none', 'a.env')
  await assert.rejects(
    createFile(file, ''),
    (error) =>
      error instanceof UsageError &&
      /^cannot write .*ENOENT/.test(error.message) &&
      /folder exists/.test(error.hint ?? ''),
  )
})

test('a draft of somebody else is left alone', async () => {
  const folder = newFolder()
  const draft = join(folder, `a.env.${process.pid}.tmp`)
  writeFileSync(draft, 'theirs')
  await assert.rejects(createFile(join(folder, 'a.env'), ''), UsageError)
  assert.equal(readFileSync(draft, 'utf8'), 'theirs')
})

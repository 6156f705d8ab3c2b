import assert from 'node:assert/strict'
import { test } from 'node:test'

import { guardTarget } from '../../src/bench/remote-guard.ts'
import { UsageError } from '../../src/core/errors.ts'

for (const host of [
  '127.0.0.1',
  '127.9.9.9',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '169.254.1.1',
  '[::1]',
  '[fd00::1]',
  'localhost',
]) {
  test(`${host} is a target that needs no permission`, async () => {
    await guardTarget(new URL(`http://${host}/`), false)
  })
}

for (const host of [
  '8.8.8.8',
  '172.32.0.1',
  '192.169.0.1',
  '[2001:4860:4860::8888]',
  '[::ffff:8.8.8.8]',
  '0x08080808',
]) {
  test(`${host} is refused without permission`, async () => {
    await assert.rejects(
      guardTarget(new URL(`http://${host}/`), false),
      (error) => error instanceof UsageError && /--allow-remote/.test(String(error.hint)),
    )
  })
}

test('permission lets any address pass', async () => {
  await guardTarget(new URL('http://8.8.8.8/'), true)
})

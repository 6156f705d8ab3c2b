import assert from 'node:assert/strict'
import { test } from 'node:test'

import { commandTarget } from '../../src/cli/command-flags.ts'
import type { RunFlags } from '../../src/cli/run-flags.ts'
import { UsageError } from '../../src/core/errors.ts'

const FLAGS: RunFlags & { readonly cmd: string } = {
  cmd: 'node app.js',
  port: 3000,
  repeat: 1,
  placement: 'auto',
  generators: 1,
  seed: 1,
  color: true,
}

test('a variable in the command itself is refused, with the way that works', () => {
  assert.throws(
    () => commandTarget({ ...FLAGS, cmd: 'node app.js --key={{ env.KEY }}' }, []),
    (error) =>
      error instanceof UsageError &&
      /--cmd takes no \{\{env\.NAME\}\}/.test(error.message) &&
      /--env/.test(error.hint ?? ''),
  )
})

test('a name that no variable has is refused instead of given to the command as it stands', () => {
  assert.throws(
    () => commandTarget({ ...FLAGS, env: { KEY: '{{env.MY-KEY}}' } }, []),
    (error) => error instanceof UsageError && /\{\{env\.MY-KEY\}\} does not name/.test(error.message),
  )
})

test('other braces in a variable for the command mean nothing to tune', () => {
  assert.equal(commandTarget({ ...FLAGS, env: { TEMPLATE: '{{name}} {{' } }, []).environment['TEMPLATE'], '{{name}} {{')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isAlive, startTune } from './run-tune.ts'

test('a command that does not end is killed after its time limit, and what it said is told', async () => {
  const silence = `console.error('thinking'); setInterval(() => {}, 1_000)`
  const { pid, finished } = startTune(['bench'], { nodeArgs: ['-e', silence], timeLimitMs: 1_000 })
  await assert.rejects(finished, /tune bench did not end within 1000 ms; it said: thinking/)
  assert.equal(isAlive(pid), false)
})

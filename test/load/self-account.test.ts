import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'

import { SelfAccount } from '../../src/load/self-account.ts'

function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('a process that only works has a fully utilized event loop, and its CPU time is counted beyond the end of sending', async () => {
  await setImmediate() // before its first turn a loop has no utilization
  const account = new SelfAccount()
  account.start()
  work(30)
  account.endSending()
  const atEnd = account.figures()
  work(30)
  const later = account.figures()
  assert.ok(atEnd.loopUtilization > 0.9)
  assert.equal(later.loopUtilization, atEnd.loopUtilization)
  assert.ok(later.cpuMs > atEnd.cpuMs)
})

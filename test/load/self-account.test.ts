import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SelfAccount } from '../../src/load/self-account.ts'

function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('the CPU time of a process is counted beyond the end of sending, what delayed it is not', () => {
  const account = new SelfAccount()
  account.start()
  work(30)
  account.endSending()
  const atEnd = account.figures()
  work(30)
  const later = account.figures()
  assert.equal(later.runQueueDelayMs, atEnd.runQueueDelayMs)
  if (process.platform === 'linux') assert.ok((atEnd.runQueueDelayMs ?? -1) >= 0)
  assert.ok(later.cpuMs > atEnd.cpuMs)
})

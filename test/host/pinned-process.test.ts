import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'

import { readAffinity } from '../../src/host/cpu.ts'
import { forkPinned, pinSelf, stopProcess } from '../../src/host/pinned-process.ts'
import { canPin } from '../../src/host/placement.ts'
import { entryUrl } from '../../src/host/process-entry.ts'

const CHILD = entryUrl(import.meta.url, 'child-entry')
const WITH_PINNING = { skip: !canPin() && 'taskset cannot pin processes here', timeout: 20_000 }
const BOUNDED = { timeout: 20_000 }

test('a child runs on the CPUs it was given, and its pid is that of Node', WITH_PINNING, async () => {
  const cpu = readAffinity('/').at(-1) ?? 0
  const { child } = forkPinned(CHILD, { cpus: [cpu], args: ['affinity'] })
  const [affinity] = await once(child, 'message')
  assert.deepEqual(affinity, [cpu])
  await stopProcess(child, { graceMs: 5_000 })
})

test('without CPUs a child runs wherever its parent may', BOUNDED, async () => {
  const { child } = forkPinned(CHILD, { cpus: [], args: ['affinity'] })
  const [affinity] = await once(child, 'message')
  assert.deepEqual(affinity, readAffinity('/'))
  await stopProcess(child, { graceMs: 5_000 })
})

test('messages carry binary data', BOUNDED, async () => {
  const { child } = forkPinned(CHILD, { cpus: readAffinity('/').slice(0, 1), args: ['echo'] })
  await once(child, 'message')
  child.send({ histogram: new Uint8Array([1, 2, 255]) })
  const [message] = await once(child, 'message')
  assert.deepEqual(message, { histogram: new Uint8Array([1, 2, 255]) })
  await stopProcess(child, { graceMs: 5_000 })
})

test('the last 8 KiB of what a child prints are kept', BOUNDED, async () => {
  const { child, output } = forkPinned(CHILD, { cpus: [], args: ['talk'] })
  await once(child, 'close')
  assert.ok(output().length <= 8_192)
  assert.match(output(), /x{100}/)
  assert.match(output(), /the last words/)
})

test('a child that ends when it is asked to is not killed', BOUNDED, async () => {
  const { child } = forkPinned(CHILD, { cpus: [], args: ['echo'] })
  await once(child, 'message')
  await stopProcess(child, { graceMs: 10_000 })
  assert.equal(child.signalCode, 'SIGTERM')
})

test('a child that does not end when it is asked to is killed', BOUNDED, async () => {
  const { child } = forkPinned(CHILD, { cpus: [], args: ['ignore-sigterm'] })
  await once(child, 'message')
  await stopProcess(child, { graceMs: 50 })
  assert.equal(child.signalCode, 'SIGKILL')
})

test('stopping a child that has ended returns at once', BOUNDED, async () => {
  const { child } = forkPinned(CHILD, { cpus: [], args: ['talk'] })
  await once(child, 'exit')
  await stopProcess(child, { graceMs: 60_000 })
  assert.equal(child.exitCode, 0)
})

test('this process moves to the CPUs it is pinned to and back', WITH_PINNING, async () => {
  const before = readAffinity('/')
  const unpin = await pinSelf(before.slice(0, 1))
  assert.deepEqual(readAffinity('/'), before.slice(0, 1))
  await unpin()
  assert.deepEqual(readAffinity('/'), before)
})

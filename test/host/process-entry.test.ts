import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'

import { forkPinned, type PinnedProcess } from '../../src/host/pinned-process.ts'
import { entryUrl, STEADY_HEAP_FLAGS, steadyHeapFlags } from '../../src/host/process-entry.ts'

const CHILD = entryUrl(import.meta.url, 'child-entry')

async function startChild(behaviour: string): Promise<PinnedProcess> {
  const started = forkPinned(CHILD, { cpus: [], args: [behaviour] })
  await once(started.child, 'message')
  return started
}

test('an entry lies beside its module, with the ending of that module', () => {
  assert.equal(entryUrl('file:///tune/src/load/client.ts', 'generator').href, 'file:///tune/src/load/generator.ts')
  assert.equal(entryUrl('file:///tune/dist/load/client.js', 'generator').href, 'file:///tune/dist/load/generator.js')
})

test('a child gets a young generation of fixed size, unless its user asks for another one', () => {
  assert.deepEqual(steadyHeapFlags(undefined), STEADY_HEAP_FLAGS)
  assert.deepEqual(steadyHeapFlags('--max-old-space-size=300', ['--expose-gc']), STEADY_HEAP_FLAGS)
  assert.deepEqual(steadyHeapFlags('--max-semi-space-size=4'), [])
  assert.deepEqual(steadyHeapFlags('--trace-warnings --max_semi_space_size 4'), [])
  assert.deepEqual(steadyHeapFlags(undefined, ['--min-semi-space-size=1']), [])
})

test('a child whose parent hangs up releases what it holds and ends', { timeout: 20_000 }, async () => {
  const { child, output } = await startChild('farewell')
  const stdout = child.stdout ?? assert.fail('the output of the child is not piped')
  child.disconnect()
  const [end] = await Promise.all([once(child, 'exit'), once(stdout, 'end')])
  assert.deepEqual(end, [0, null])
  assert.equal(output(), 'farewell\n')
})

test('a child that cannot finish its farewell ends all the same', { timeout: 20_000 }, async () => {
  const { child } = await startChild('endless-farewell')
  child.disconnect()
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('a child whose farewell fails ends all the same', { timeout: 20_000 }, async () => {
  const { child } = await startChild('failing-farewell')
  child.disconnect()
  const [code, signal] = await once(child, 'exit')
  assert.equal(signal, null)
  assert.equal(typeof code, 'number')
})

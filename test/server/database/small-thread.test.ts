import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

import { STEADY_HEAP_FLAGS } from '../../../src/host/process-entry.ts'

/** Starts threads in a process like ours, and prints how large their young generations are. */
const CODE = `
import { once } from 'node:events'
import { startSmallThread } from ${JSON.stringify(new URL('../../../src/server/database/small-thread.ts', import.meta.url))}
import { Worker } from 'node:worker_threads'
const entry = new URL('data:text/javascript,' + encodeURIComponent(
  "import { getHeapSpaceStatistics } from 'node:v8'; import { parentPort } from 'node:worker_threads';" +
  "parentPort.postMessage(getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size)"))
const told = async (thread) => (await once(thread, 'message'))[0]
const before = await told(new Worker(entry))
let failure = ''
try {
  startSmallThread(entry, { execArgv: ['--no-such-flag'] })
} catch (error) {
  failure = error.code
}
const small = startSmallThread(entry, {})
const ended = once(small, 'exit')
const smallBytes = await told(small)
await ended
console.log(JSON.stringify({ failure, before, smallBytes, after: await told(new Worker(entry)) }))
`

test('a small thread is small, others are as large as ever, also after one that could not be started', () => {
  const args = [...STEADY_HEAP_FLAGS, '--input-type=module', '--eval', CODE]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.ok(stdout !== '', stderr)
  const { failure, before, smallBytes, after } = JSON.parse(stdout) as Record<string, number>
  assert.equal(failure, 'ERR_WORKER_INVALID_EXEC_ARGV')
  assert.ok(Number(smallBytes) < Number(before) / 4, `${smallBytes} of ${before} bytes`)
  assert.equal(after, before)
})

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

import { systemClock } from '../../src/host/system-clock.ts'

test('a scheduled task runs after its delay', async (t) => {
  const startedMs = systemClock.now()
  const ranMs = await new Promise<number>((resolve) => {
    const stayAlive = setTimeout(() => t.assert.fail('the task never ran'), 5_000)
    systemClock.schedule(5, () => {
      clearTimeout(stayAlive)
      resolve(systemClock.now())
    })
  })
  // Node's timers have whole milliseconds and may run up to one too early.
  assert.ok(ranMs - startedMs >= 4, `${ranMs - startedMs} ms`)
})

test('a task that was stopped does not run, and stopping it again does nothing', async () => {
  let hasRun = false
  const cancel = systemClock.schedule(0, () => {
    hasRun = true
  })
  cancel()
  cancel()
  await new Promise((resolve) => {
    setTimeout(resolve, 2)
  })
  assert.equal(hasRun, false)
})

test('a scheduled task does not keep the process alive', () => {
  const module = new URL('../../src/host/system-clock.ts', import.meta.url).href
  const script = `import { systemClock } from '${module}'; systemClock.schedule(60_000, () => {})`
  const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 })
  assert.deepEqual([status, signal], [0, null])
})

import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import type { Milliseconds } from '../../src/core/clock.ts'
import { findPort } from '../../src/server/listening-port.ts'
import { Supervisor } from '../../src/server/supervisor.ts'
import { eventually } from '../support/run-tune.ts'
import { inWorkers, preload } from '../support/running-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { PLAIN, send, until } from './app-under-test.ts'

/** A supervisor in this process, with real workers, and what it has told; it ends with the test. */
async function supervise(
  t: TestContext,
  workers: number,
  rolloutTimeoutMs?: Milliseconds,
): Promise<{
  readonly supervisor: Supervisor
  readonly options: typeof PLAIN
  readonly url: string
  readonly servingPids: () => readonly number[]
  readonly warnings: readonly string[]
  readonly failures: readonly string[]
}> {
  const port = await findPort(PLAIN)
  const options = { ...PLAIN, port, workers }
  let servingPids: readonly number[] = []
  const warnings: string[] = []
  const failures: string[] = []
  const events = {
    onServing: (pids: readonly number[]) => void (servingPids = pids),
    onFailed: (message: string) => void failures.push(message),
    onWarning: (text: string) => void warnings.push(text),
    onReplaced: () => undefined,
    onReport: () => undefined,
    onEnded: () => undefined,
  }
  const supervisor = new Supervisor(options, 1, events, rolloutTimeoutMs)
  t.after(async () => {
    supervisor.kill()
    await supervisor.drain()
  })
  supervisor.start()
  const url = `http://127.0.0.1:${port}`
  return { supervisor, options, url, servingPids: () => servingPids, warnings, failures }
}

/** Files that workers look at. */
function folderOf(): (name: string) => string {
  const folder = temporaryFolder('supervisor')
  return (name) => join(folder, name)
}

/** From now on no process can be started, until the result is called or the test ends. */
function forbidForks(t: TestContext): () => void {
  const { execPath } = process
  process.execPath = '/nowhere/node'
  const allow = (): void => void (process.execPath = execPath)
  t.after(allow)
  return allow
}

test('WK07 a server that cannot start any process fails, and says what the system said', async (t) => {
  const allow = forbidForks(t)
  const { failures, servingPids } = await supervise(t, 2)
  await until(() => failures.length > 0, 'it has failed')
  assert.match(failures[0] ?? '', /its workers end while they start \(spawn \/nowhere\/node ENOENT\)/)
  assert.deepEqual([failures.length, servingPids()], [1, []])
  allow()
})

test('WK07 while a worker cannot be started the others serve, and it comes when it can be', async (t) => {
  const { servingPids, warnings, failures, url } = await supervise(t, 2)
  await until(() => servingPids().length === 2, 'both serve')
  const allow = forbidForks(t)
  const [victim = assert.fail('no worker')] = servingPids()
  process.kill(victim, 'SIGKILL')
  // Five within ten seconds would end a server of which nobody serves.
  await until(() => warnings.filter((text) => text.includes('ENOENT')).length >= 4, 'it was tried again and again')
  assert.match(warnings.at(-1) ?? '', /a worker did not start \(spawn \/nowhere\/node ENOENT\); it is tried again/)
  assert.equal((await send(`${url}/work`)).status, 200)
  assert.deepEqual([servingPids().length, failures], [1, []])
  allow()
  await until(() => servingPids().length === 2, 'both serve again')
})

test('WK10 workers that do not come up with other options in time leave the ones before in force', async (t) => {
  const file = folderOf()
  const stuck = file('stuck')
  const code = `const { existsSync } = await import('node:fs')
    if (existsSync(${JSON.stringify(stuck)})) { setInterval(() => undefined, 1_000); await new Promise(() => undefined) }`
  preload(t, inWorkers(code))
  const { supervisor, options, servingPids, url } = await supervise(t, 1, 300)
  await until(() => servingPids().length === 1, 'it serves')
  const before = servingPids()
  writeFileSync(stuck, '')
  await assert.rejects(supervisor.apply({ ...options, keepAliveMs: 1_000 }), {
    name: 'TargetError',
    message: /no worker can serve with the new settings \(they do not serve in time\); the ones before stay in force/,
  })
  assert.deepEqual(servingPids(), before)
  assert.match(String((await send(`${url}/work`)).status), /200/)
})

test('WK07 a worker that dies soon after each start is started ever more slowly', async (t) => {
  const deaths = 3
  const file = folderOf()
  const diary = file('diary')
  const path = JSON.stringify(diary)
  // The clock of the machine, the same in all processes.
  const code = `const { appendFileSync, readFileSync } = await import('node:fs')
    const note = (what) => appendFileSync(${path}, what + ' ' + process.hrtime.bigint() + '\\n')
    note('start')
    const send = process.send
    process.send = (message, ...rest) => {
      const isDoomed = message.type === 'listening' && readFileSync(${path}, 'utf8').split('end').length <= ${deaths}
      if (isDoomed) setTimeout(() => { note('end'); process.exit(7) }, 50)
      return send.call(process, message, ...rest)
    }`
  preload(t, inWorkers(code))
  const { servingPids, warnings, failures } = await supervise(t, 1)
  const starts = (): number => (existsSync(diary) ? readFileSync(diary, 'utf8').split('start').length - 1 : 0)
  await eventually('it lives', () => starts() > deaths && servingPids().length === 1, 30_000)
  const atMs = readFileSync(diary, 'utf8')
    .trim()
    .split('\n')
    .map((line) => Number(line.split(' ')[1]) / 1e6)
  const waitsMs = [1, 3, 5].map((end) => (atMs[end + 1] ?? 0) - (atMs[end] ?? 0))
  t.diagnostic(`started again after ${waitsMs.map(Math.round).join(', ')} ms`)
  for (const [death, leastMs] of [100, 200, 400].entries()) {
    assert.ok((waitsMs[death] ?? 0) >= leastMs, `${waitsMs[death]} ms after death ${death + 1}`)
  }
  assert.equal(warnings.filter((text) => text.includes('ended unasked (exit code 7)')).length, deaths)
  assert.deepEqual(failures, [])
})

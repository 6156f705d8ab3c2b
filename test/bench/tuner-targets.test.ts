import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { freePort } from '../support/free-port.ts'
import { descendants, eventually, isAlive } from '../support/run-tune.ts'
import { ORACLE_KINDS } from '../support/tuner-targets/oracle-kinds.ts'
import { until } from '../support/until.ts'
import { underMemoryLimit } from './support/memory-limit.ts'

const BOUNDED = { timeout: 60_000 }
const FOLDER = new URL('../support/tuner-targets/', import.meta.url)
const hasGunicorn = spawnSync('gunicorn', ['--version'], { timeout: 10_000 }).status === 0
const WITH_GUNICORN = { ...BOUNDED, skip: !hasGunicorn && 'gunicorn is not installed' }

interface StartedTarget {
  readonly child: ChildProcess
  readonly url: string
}

/** A target on Node that answers. */
function start(context: TestContext, entry: string, flags: readonly string[]): Promise<StartedTarget> {
  const script = fileURLToPath(new URL(entry, FOLDER))
  return startCommand(context, (port) => [process.execPath, script, '--port', String(port), ...flags])
}

async function startCommand(
  context: TestContext,
  commandFor: (port: number) => readonly string[],
): Promise<StartedTarget> {
  const port = await freePort()
  const [program = '', ...args] = commandFor(port)
  const environment = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment })
  context.after(() => child.kill('SIGTERM'))
  const url = `http://127.0.0.1:${port}/`
  await until(() => isAnswering(url), `${program} ${args.join(' ')} answers`)
  return { child, url }
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

for (const kind of ORACLE_KINDS) {
  test(`an oracle of kind ${kind} answers with two workers, and leaves nobody behind`, BOUNDED, async (context) => {
    const { child, url } = await start(context, 'oracle.ts', ['--kind', kind, '--workers', '2'])
    assert.equal(await (await fetch(url)).text(), 'done')
    const all = descendants(child.pid ?? 0)
    assert.equal(all.length, kind === 'upstream' ? 3 : 2)
    child.kill('SIGTERM')
    await once(child, 'exit')
    await eventually('its workers have ended', () => !all.some(isAlive))
  })
}

test('a target that loses a worker ends, and does not go on as what it is not', BOUNDED, async (context) => {
  const { child } = await start(context, 'oracle.ts', ['--kind', 'cpu-async', '--workers', '2'])
  const [worker] = descendants(child.pid ?? 0)
  process.kill(worker ?? 0, 'SIGKILL')
  assert.deepEqual(await once(child, 'exit'), [1, null])
})

test('the application on Fastify answers the best of its rows', BOUNDED, async (context) => {
  const { url } = await start(context, 'fastify-app.ts', ['--workers', '2'])
  const rows = (await (await fetch(url)).json()) as readonly { readonly score: number }[]
  assert.deepEqual(
    rows.map(({ score }) => score),
    [19_999, 19_998, 19_997, 19_996, 19_995],
  )
})

test('the application for sync workers answers under gunicorn', WITH_GUNICORN, async (context) => {
  const flags = ['--log-level', 'error', '--chdir', fileURLToPath(FOLDER), 'sync_app:app']
  const { url } = await startCommand(context, (port) => ['gunicorn', '-b', `127.0.0.1:${port}`, ...flags])
  assert.equal(await (await fetch(url)).text(), 'done')
})

test('who needs more memory than the limit is killed, and afterwards the limit is gone', BOUNDED, async (context) => {
  const needs = async (mebibytes: number): Promise<unknown> => {
    const child = spawn(process.execPath, ['-e', `Buffer.alloc(${mebibytes} * 2 ** 20, 1)`], { stdio: 'ignore' })
    return (await once(child, 'exit'))[1]
  }
  const limited = await underMemoryLimit(512 * 2 ** 20, () => needs(768)).catch((error: unknown) => {
    context.skip(String(error))
    return undefined
  })
  if (limited === undefined) return
  assert.equal(limited, 'SIGKILL')
  assert.equal(await needs(768), null)
})

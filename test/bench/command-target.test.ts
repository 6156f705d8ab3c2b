import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { type CommandTargetOptions, startCommandTarget } from '../../src/bench/command-target.ts'
import { TargetError } from '../../src/core/errors.ts'
import type { Placement } from '../../src/core/host-facts.ts'
import { eventually, isAlive } from '../support/run-tune.ts'

const BOUNDED = { timeout: 30_000 }
const SCRIPT = fileURLToPath(new URL('../support/target-command.ts', import.meta.url))
const placement: Placement = {
  mode: 'shared',
  targetCpus: [],
  generatorCpus: [],
  targetEffectiveCpus: 2.7,
  generatorMaySpin: false,
  explanation: '',
}

function command(behaviours: readonly string[], more: Partial<CommandTargetOptions> = {}): CommandTargetOptions {
  return {
    kind: 'command',
    line: 'node target.ts',
    argv: [process.execPath, SCRIPT, ...behaviours],
    port: 0,
    environment: { PORT: '{port}', WORKERS: '{workers}' },
    settings: {},
    secrets: [],
    workers: 'auto',
    ...more,
  }
}

/** A target error that says this. */
function tells(...patterns: readonly RegExp[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TargetError)
    for (const pattern of patterns) assert.match(`${error.message}\n${error.hint}`, pattern)
    return true
  }
}

test('a command answers at the origin it is said to have, and has got its port and workers', BOUNDED, async () => {
  const target = await startCommandTarget(command([]), { placement })
  const answer = (await (await fetch(`${target.origin}/items`)).json()) as { path: string; workers: string }
  assert.deepEqual([answer.path, answer.workers], ['/items', '2'], 'a worker for a part of a CPU is not started')
  assert.equal(target.workers, 2)
  const pids = target.pids()
  await target.stop()
  assert.deepEqual(pids.filter(isAlive), [])
})

test(
  'the workers that are asked for are told to the command, without a place for them they are unknown',
  BOUNDED,
  async () => {
    const told = await startCommandTarget(command([], { workers: 5 }), { placement })
    assert.equal(told.workers, 5)
    await told.stop()
    const unknown = await startCommandTarget(command([], { environment: { PORT: '{port}' } }), { placement })
    assert.equal(unknown.workers, null)
    await unknown.stop()
  },
)

test('a command that never listens is told with its port, and is ended', BOUNDED, async () => {
  const started: number[] = []
  await assert.rejects(
    startCommandTarget(command(['silent']), {
      placement,
      startTimeoutMs: 1_000,
      onParent: (pid) => started.push(pid),
    }),
    tells(/nothing listens on port \d+ after 1 s/, /thinking/, /--port/),
  )
  assert.equal(started.length, 1)
  assert.ok(!started.some(isAlive))
})

test('a port that is taken is told before the command is started', BOUNDED, async () => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const started: number[] = []
  await assert.rejects(
    startCommandTarget(command([], { port }), { placement, onParent: (pid) => started.push(pid) }),
    tells(new RegExp(`port ${port} is taken`), /--port 0/),
  )
  listener.close()
  assert.deepEqual(started, [])
})

test('a program that does not exist, or may not be executed, is named', BOUNDED, async () => {
  await assert.rejects(
    startCommandTarget(command([], { argv: ['no-such-program'] }), { placement }),
    tells(/there is no program "no-such-program"/, /PATH/),
  )
  await assert.rejects(
    startCommandTarget(command([], { argv: [SCRIPT] }), { placement }),
    tells(/target-command\.ts" may not be executed/, /--cmd "node /),
  )
})

test('a start that is interrupted ends the command', BOUNDED, async () => {
  const controller = new AbortController()
  let keeperPid = 0
  const start = startCommandTarget(command(['silent']), {
    placement,
    signal: controller.signal,
    onParent: (pid) => {
      keeperPid = pid
      setTimeout(() => controller.abort(new Error('enough')), 300)
    },
  })
  await assert.rejects(start, /enough/)
  assert.ok(!isAlive(keeperPid))
})

test(
  'a command that ends in mid-run is told with its last words, in which known secrets are masked',
  BOUNDED,
  async () => {
    const target = await startCommandTarget(command(['mortal'], { secrets: ['disk'] }), { placement })
    const { died } = target
    process.kill(target.pids()[0] ?? 0, 'SIGUSR2')
    await assert.rejects(died, tells(/ended in mid-run \(exit code 9\)/, /the \*\*\* is full/))
    await target.stop()
  },
)

test('after an interruption a command that ignores SIGTERM does not get its 5 s of grace', BOUNDED, async () => {
  const controller = new AbortController()
  const target = await startCommandTarget(command(['stubborn']), { placement, signal: controller.signal })
  const pids = target.pids()
  const stopped = target.stop()
  controller.abort()
  // It gets 1 s; the rest is for a machine that is busy.
  await eventually('nothing is left', () => !pids.some(isAlive), 4_500)
  await stopped
})

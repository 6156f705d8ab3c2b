import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'

import type { Milliseconds } from '../core/clock.ts'
import { readAffinity } from './cpu.ts'
import { OutputTail } from './output-tail.ts'
import { canPin } from './placement.ts'

/** How much of a child's output is kept for the message that explains its death: about 100 lines. */
const KEPT_OUTPUT_BYTES = 8_192

/** Where and how a child runs. */
export interface PinnedProcessOptions {
  /** CPU numbers; empty, or a machine without taskset, leaves the child where the system puts it. */
  readonly cpus: readonly number[]
  readonly args?: readonly string[]
  /** Replaces the environment; without it the child inherits ours. */
  readonly env?: NodeJS.ProcessEnv
  /** Node flags; without them the child inherits ours. */
  readonly execArgv?: readonly string[]
}

/** A child with an IPC channel, and the end of what it printed. */
export interface PinnedProcess {
  readonly child: ChildProcess
  /**
   * The last 8 KiB of stdout and stderr in order of arrival; complete when the child has emitted `close`, which Node leaves
   * out after `child.disconnect()`.
   */
  readonly output: () => string
}

/**
 * Starts a process entry with an IPC channel that carries binary data (`serialization: 'advanced'`).
 *
 * taskset pins and then becomes the child, so that `child.pid` is Node's and no thread ever ran elsewhere. The child has a
 * session of its own: Ctrl-C in a terminal reaches us alone, and we decide how it ends.
 */
export function forkPinned(entry: URL, options: PinnedProcessOptions): PinnedProcess {
  const execArgv = options.execArgv ?? process.execArgv
  const isPinned = options.cpus.length > 0 && canPin()
  const child = fork(entry, options.args ?? [], {
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(isPinned
      ? { execPath: 'taskset', execArgv: ['-c', options.cpus.join(','), process.execPath, ...execArgv] }
      : { execArgv: [...execArgv] }),
  })
  const output = new OutputTail(KEPT_OUTPUT_BYTES)
  child.stdout?.on('data', (chunk: Buffer) => output.add(chunk))
  child.stderr?.on('data', (chunk: Buffer) => output.add(chunk))
  return { child, output: () => output.text() }
}

/**
 * Asks a child to end (SIGTERM), and kills it when it has not done so within `graceMs`.
 *
 * @returns when the process is gone; at once when it already was
 */
export async function stopProcess(child: ChildProcess, { graceMs }: { readonly graceMs: Milliseconds }): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((resolve) => {
    const killer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    child.once('exit', () => {
      clearTimeout(killer)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

/**
 * Pins this process with all its threads; children that are started afterwards inherit it unless they are pinned themselves.
 *
 * @returns puts the process back where it was
 * @throws when taskset refuses; ask `canPin` first
 */
export async function pinSelf(cpus: readonly number[]): Promise<() => Promise<void>> {
  const before = readAffinity('/')
  await moveSelf(cpus)
  return () => moveSelf(before)
}

/** A thread that ends while taskset goes through them all makes it fail. */
const MOVE_ATTEMPTS = 3

async function moveSelf(cpus: readonly number[]): Promise<void> {
  for (let attempt = 1; attempt <= MOVE_ATTEMPTS; attempt++) if (await runTaskset(cpus)) return
  throw new Error(`taskset could not move this process to the CPUs ${cpus.join(',')}`)
}

/** Detached, because Ctrl-C in a terminal would end taskset too. */
async function runTaskset(cpus: readonly number[]): Promise<boolean> {
  const taskset = spawn('taskset', ['-a', '-c', '-p', cpus.join(','), String(process.pid)], {
    stdio: 'ignore',
    detached: true,
  })
  const [code] = (await once(taskset, 'exit')) as [number | null]
  return code === 0
}

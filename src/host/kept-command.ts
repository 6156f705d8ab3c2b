import { randomUUID } from 'node:crypto'

import type { Milliseconds } from '../core/clock.ts'
import type { KeeperCommand, KeeperMessage } from './keeper-messages.ts'
import { forkPinned, type PinnedProcess, stopProcess } from './pinned-process.ts'
import { entryUrl } from './process-entry.ts'
import { endProcessTree, watchProcessTree } from './process-tree.ts'

/** The environment entry by which processes of a command are found that made themselves independent. */
const MARK_NAME = 'TUNE_KEEPER'
/** What the keeper needs beyond the grace time that it gives. */
const KEEPER_MARGIN_MS: Milliseconds = 3_000

/** What is run, and where. */
export interface KeptCommandOptions {
  /** Program and arguments; never a shell line. */
  readonly argv: readonly [string, ...string[]]
  /** Added to the environment of this process. */
  readonly environment: Readonly<Record<string, string>>
  /** CPU numbers to pin the command to; empty for none. */
  readonly cpus: readonly number[]
  /** Gets the process that the command will descend from before the command exists: what it is put into, the command is in. */
  readonly onParent?: ((pid: number) => void) | undefined
}

/** How the first process of a command ended, and the last 64 KiB of what the command printed. */
export interface CommandEnd {
  /** `exit code 1`, `SIGKILL`. */
  readonly reason: string
  /** As it was printed, control characters included. */
  readonly output: string
}

/** A command whose processes end with this one, however it ends. */
export interface KeptCommand {
  /** All live processes of the command, the first one first; empty off Linux. */
  readonly pids: () => readonly number[]
  /** Resolves when the first process has ended, for whatever reason; never rejects. */
  readonly exited: Promise<CommandEnd>
  /**
   * Asks all processes to end, kills what is left after `graceMs`, and resolves when none is left. Called again with a
   * shorter time, that one counts.
   */
  readonly stop: (graceMs: Milliseconds) => Promise<void>
}

/** Why a command could not be started at all; `code` is the system's, such as ENOENT. */
export class CommandStartError extends Error {
  readonly code: string | undefined

  constructor(message: string, code: string | undefined) {
    super(message)
    this.name = new.target.name
    this.code = code
  }
}

/**
 * Starts a command in the hands of a keeper process, which ends it when this process is gone.
 *
 * @throws {CommandStartError} when the program cannot be executed
 */
export async function keepCommand(options: KeptCommandOptions): Promise<KeptCommand> {
  const keeper = forkPinned(entryUrl(import.meta.url, 'keeper'), { cpus: [], execArgv: [] })
  const mark = { name: MARK_NAME, value: randomUUID() }
  const started = Promise.withResolvers<number>()
  const exited = Promise.withResolvers<CommandEnd>()
  let leader: number | undefined
  const onMessage = (message: KeeperMessage): void => {
    switch (message.type) {
      case 'started':
        leader = message.pid
        started.resolve(leader)
        break
      case 'failed':
        started.reject(new CommandStartError(message.message, message.code))
        break
      case 'exited':
        exited.resolve({ reason: message.reason, output: message.output })
        break
    }
  }
  keeper.child.on('message', (message) => onMessage(message as KeeperMessage)) // our own process entry sends nothing else
  const onKeeperEnd = async (): Promise<void> => {
    started.reject(new CommandStartError(`the process that keeps it ended; it said: ${keeper.output()}`, undefined))
    // Nothing is left of a command that its keeper has ended; a keeper that was killed leaves it to us.
    if (leader !== undefined) await endProcessTree(leader, { mark, killAtMs: () => 0 })
    exited.resolve({ reason: 'the process that kept it was killed', output: '' })
  }
  keeper.child.once('error', () => void onKeeperEnd())
  keeper.child.once('exit', () => void onKeeperEnd())
  started.promise.catch(() => undefined) // awaited below, unless onParent throws
  try {
    if (keeper.child.pid !== undefined) options.onParent?.(keeper.child.pid)
  } catch (error) {
    keeper.child.kill('SIGKILL')
    throw error
  }
  tell(keeper, { type: 'start', argv: options.argv, environment: options.environment, cpus: options.cpus, mark })
  const pid = await started.promise
  return {
    pids: watchProcessTree(pid),
    exited: exited.promise,
    async stop(graceMs) {
      tell(keeper, { type: 'end', graceMs })
      await keeperEnd(keeper, graceMs + KEEPER_MARGIN_MS)
      await exited.promise
    },
  }
}

function tell({ child }: PinnedProcess, message: KeeperCommand): void {
  // A keeper that is gone is noticed by its exit, not here.
  if (child.connected) child.send(message, () => undefined)
}

async function keeperEnd({ child }: PinnedProcess, patienceMs: Milliseconds): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => void stopProcess(child, { graceMs: 0 }).then(resolve), patienceMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

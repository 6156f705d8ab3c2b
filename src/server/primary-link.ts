import { setTimeout as sleep } from 'node:timers/promises'

import type { Milliseconds } from '../core/clock.ts'
import { TargetError } from '../core/errors.ts'
import { forkPinned, stopProcess } from '../host/pinned-process.ts'
import type { PinnedProcess } from '../host/pinned-process.ts'
import { entryUrl } from '../host/process-entry.ts'
import { snapshotProcesses } from '../host/processes.ts'
import { childMessage } from './child-message.ts'
import type { ControllerMessage, PrimaryMessage, TargetStats } from './messages.ts'
import type { ServerOptions } from './options.ts'

const NAME = 'the bundled server'
/** Far more than a start takes on a busy machine. */
const START_TIMEOUT_MS: Milliseconds = 15_000
/** The primary itself waits 300 ms for its workers. */
const STATS_TIMEOUT_MS: Milliseconds = 1_000
/** For what a server that has ended printed last. */
const LAST_LINES_MS: Milliseconds = 1_000
/** Workers end within a second of their primary. */
const WORKERS_GRACE_MS: Milliseconds = 1_200
const LOOK_AGAIN_MS: Milliseconds = 50
/** A rolling replacement of many workers, with the time that each gets to start. */
export const APPLY_TIMEOUT_MS: Milliseconds = 60_000

/** The controller's end of the primary process. */
export class PrimaryLink {
  /** Resolves when the primary has ended, for whatever reason, and nobody is left of its workers. */
  readonly exited: Promise<{ readonly reason: string }>
  readonly #process: PinnedProcess
  #workerPids: readonly number[] = []
  #failure: string | undefined
  /** Resolves when everything that the server printed has been handed on; undefined when nobody wants it. */
  readonly #printed: Promise<unknown> | undefined
  #nextId = 0

  /**
   * Starts the process, which loads its code while the caller prepares the options.
   *
   * @param execArgv Node flags of the primary alone
   * @param onWarning gets what is wrong with the server but does not end it
   * @param log gets what the server prints on stderr
   */
  constructor(
    cpus: readonly number[],
    execArgv: readonly string[],
    onWarning: (text: string) => void,
    log?: NodeJS.WritableStream,
  ) {
    this.#process = forkPinned(entryUrl(import.meta.url, 'primary'), { cpus, execArgv })
    const { child, output } = this.#process
    if (log !== undefined) {
      child.stderr?.pipe(log, { end: false })
      this.#printed = new Promise((resolve) => {
        for (const event of ['close', 'error']) child.once(event, resolve)
      })
    }
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, killedBy) => {
        const exit = (): { readonly reason: string } => {
          // Whoever gets the log has read it already.
          const told = log === undefined ? output() : ''
          return { reason: withOutput(this.#failure ?? killedBy ?? `exit code ${code}`, told) }
        }
        resolve(endGroup(child.pid).then(exit))
      })
      child.once('error', (error) => resolve({ reason: error.message }))
    })
    child.on('message', (message: PrimaryMessage) => {
      if (message.type === 'workers' || message.type === 'listening') this.#workerPids = message.workerPids
      if (message.type === 'failed') this.#failure = message.message
      if (message.type === 'warning') onWarning(message.text)
    })
  }

  /** The primary and its workers. */
  get pids(): readonly number[] {
    const { pid } = this.#process.child
    return pid === undefined ? this.#workerPids : [pid, ...this.#workerPids]
  }

  /**
   * Has the server listen; resolves with its address once all workers serve.
   *
   * @throws {TargetError} when it cannot
   */
  start(options: ServerOptions, seed: number, signal: AbortSignal | undefined): Promise<string> {
    const match = (message: PrimaryMessage): string | undefined => {
      if (message.type === 'failed') {
        const text = withOutput(`${NAME} did not start: ${message.message}`, this.#process.output())
        throw new TargetError(text, message.hint === undefined ? {} : { hint: message.hint })
      }
      return message.type === 'listening' ? message.url : undefined
    }
    return this.#ask({ type: 'start', options, seed }, START_TIMEOUT_MS, match, signal)
  }

  stats(): Promise<TargetStats> {
    const id = this.#nextId++
    return this.#ask({ type: 'stats', id }, STATS_TIMEOUT_MS, (message) =>
      message.type === 'stats' && message.id === id ? message.stats : undefined,
    )
  }

  /**
   * Resolves when only workers with these options serve.
   *
   * @throws {TargetError} when none can; then the options before stay in force
   */
  async apply(options: ServerOptions): Promise<void> {
    const id = this.#nextId++
    await this.#ask({ type: 'apply', id, options }, APPLY_TIMEOUT_MS, (message) => {
      if (message.type === 'apply-failed' && message.id === id) throw new TargetError(message.message)
      return message.type === 'applied' && message.id === id ? true : undefined
    })
  }

  /** Drains; kills the primary, and with it the workers, when that takes longer than `graceMs`. */
  async stop(graceMs: Milliseconds): Promise<void> {
    await stopProcess(this.#process.child, { graceMs })
    await this.exited
    // The last lines may still be on their way; a reader that stalls must not hold the stop up.
    if (this.#printed !== undefined) await Promise.race([this.#printed, sleep(LAST_LINES_MS)])
  }

  /** Ends everything at once. */
  kill(): void {
    this.#process.child.kill('SIGKILL')
  }

  #ask<Wanted>(
    message: ControllerMessage,
    timeoutMs: Milliseconds,
    match: (message: PrimaryMessage) => Wanted | undefined,
    signal?: AbortSignal,
  ): Promise<Wanted> {
    const { child, output } = this.#process
    const answer = childMessage(child, {
      name: NAME,
      timeoutMs,
      signal,
      output,
      match: (raw) => match(raw as PrimaryMessage), // our own process entry sends nothing else
    })
    // A child that is gone is noticed by its exit, not here.
    if (child.connected) child.send(message, () => undefined)
    return answer
  }
}

/**
 * The primary leads a process group, to which its workers belong. When it is gone they end by themselves, and remove what it
 * could not; those that hang or are stopped are killed.
 */
async function endGroup(leader: number | undefined): Promise<void> {
  if (leader === undefined || process.platform === 'win32') return
  for (let waitedMs = 0; waitedMs < WORKERS_GRACE_MS; waitedMs += LOOK_AGAIN_MS) {
    if (!isLeft(leader)) return
    await sleep(LOOK_AGAIN_MS)
  }
  signalGroup(leader, 'SIGKILL')
}

/** The leader's session is the group. Somebody who has ended and whom init has not yet waited for is not left. */
function isLeft(leader: number): boolean {
  const processes = [...snapshotProcesses('/').values()]
  if (processes.length === 0) return signalGroup(leader, 0)
  return processes.some(({ sessionId, isZombie }) => sessionId === leader && !isZombie)
}

/** @returns whether there is still somebody */
function signalGroup(leader: number, signal: 0 | 'SIGKILL'): boolean {
  try {
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}

function withOutput(text: string, output: string): string {
  const printed = output.trim()
  return printed === '' ? text : `${text}\n${printed}`
}

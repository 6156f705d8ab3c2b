import type { Milliseconds } from '../core/clock.ts'
import { IncompleteError } from '../core/errors.ts'
import type {
  ControllerMessage,
  GeneratorMessage,
  GeneratorPlan,
  GeneratorResult,
  GeneratorSnapshot,
} from '../core/generator-messages.ts'
import { forkPinned, type PinnedProcess, stopProcess } from '../host/pinned-process.ts'
import { entryUrl, STEADY_HEAP_FLAGS } from '../host/process-entry.ts'

/** For what a healthy generator does in well under a second, on a machine that is busy. */
const ANSWER_TIMEOUT_MS: Milliseconds = 15_000
const CLOSE_GRACE_MS: Milliseconds = 1_000

/** A finished phase, and what lateness the machine itself causes where the generator runs, watched just before it. */
export type WatchedResult = GeneratorResult & { readonly hiccupP99Ms: Milliseconds }

/** A load generator in a process of its own, kept for all phases of a run so that its code stays warm. */
export interface Generator {
  readonly pid: number
  /**
   * Runs one phase; one at a time.
   *
   * @throws {IncompleteError} when the process dies, falls silent, or cannot send what the plan asks
   */
  readonly runPhase: (
    plan: GeneratorPlan,
    hooks: { readonly onSnapshot: (snapshot: GeneratorSnapshot) => void },
  ) => Promise<WatchedResult>
  /** Ends the sending of the phase now, also of one that is only being prepared; its result comes after at most `drainMs`. */
  readonly stopPhase: (drainMs: Milliseconds) => void
  /** Ends the process; resolves when it is gone. */
  readonly close: () => Promise<void>
}

/**
 * Starts a generator.
 *
 * @param options.cpus CPU numbers to pin it to; empty for none
 * @throws {IncompleteError} when it does not come up
 */
export async function startGenerator(options: { readonly cpus: readonly number[] }): Promise<Generator> {
  const link = new GeneratorLink(
    forkPinned(entryUrl(import.meta.url, 'generator'), { cpus: options.cpus, execArgv: STEADY_HEAP_FLAGS }),
  )
  try {
    await link.next('hello', ANSWER_TIMEOUT_MS)
    /** Set by a stop that came before the phase was started, which the generator would not know what to do with. */
    let earlyStopMs: Milliseconds | undefined
    let isStarted = false
    return {
      pid: link.pid,
      async runPhase(plan, { onSnapshot }) {
        earlyStopMs = undefined
        isStarted = false
        link.send({ type: 'plan', plan })
        const { hiccupP99Ms } = await link.next('ready', ANSWER_TIMEOUT_MS)
        link.send({ type: 'start', atMonotonicMs: 0 })
        isStarted = true
        if (earlyStopMs !== undefined) link.send({ type: 'stop', drainMs: earlyStopMs })
        const { result } = await link.next('final', plan.durationMs + plan.drainMs + ANSWER_TIMEOUT_MS, onSnapshot)
        return { ...result, hiccupP99Ms }
      },
      stopPhase(drainMs) {
        if (isStarted) link.send({ type: 'stop', drainMs })
        else earlyStopMs = drainMs
      },
      close: () => link.close(),
    }
  } catch (error) {
    await link.close()
    throw error
  }
}

type MessageOf<Type extends GeneratorMessage['type']> = Extract<GeneratorMessage, { readonly type: Type }>

/** The process and what it says, one awaited message at a time. */
class GeneratorLink {
  readonly #process: PinnedProcess
  /** Set when the process is gone, or never was. */
  #end: IncompleteError | undefined
  #onMessage: (message: GeneratorMessage) => void = () => undefined
  #onEnd: (error: IncompleteError) => void = () => undefined

  constructor(process: PinnedProcess) {
    this.#process = process
    // What the generator sends is typed on its side.
    process.child.on('message', (message) => this.#onMessage(message as GeneratorMessage))
    process.child.on('error', (error) => this.#ended(this.#failure(`cannot be reached: ${error.message}`, error)))
    process.child.once('close', (code, signal) =>
      this.#ended(this.#failure(`ended (${signal ?? `exit code ${code}`})`)),
    )
  }

  get pid(): number {
    return this.#process.child.pid ?? 0
  }

  send(message: ControllerMessage): void {
    if (this.#process.child.connected) this.#process.child.send(message)
  }

  /** The next message of a type; snapshots that come before it go to `onSnapshot`. */
  async next<Type extends GeneratorMessage['type']>(
    type: Type,
    timeoutMs: Milliseconds,
    onSnapshot: (snapshot: GeneratorSnapshot) => void = () => undefined,
  ): Promise<MessageOf<Type>> {
    const { promise, resolve, reject } = Promise.withResolvers<MessageOf<Type>>()
    if (this.#end !== undefined) throw this.#end
    const timer = setTimeout(() => reject(this.#failure(`sent no "${type}" within ${timeoutMs / 1_000} s`)), timeoutMs)
    this.#onEnd = reject
    this.#onMessage = (message) => {
      if (message.type === type) resolve(message as MessageOf<Type>) // the types are equal
      else if (message.type === 'snap') onSnapshot(message.snapshot)
      else if (message.type === 'failed') reject(this.#failure(`could not run the phase: ${message.message}`))
    }
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#onMessage = () => undefined
      this.#onEnd = () => undefined
    }
  }

  close(): Promise<void> {
    return stopProcess(this.#process.child, { graceMs: CLOSE_GRACE_MS })
  }

  #ended(error: IncompleteError): void {
    this.#end ??= error
    this.#onEnd(this.#end)
  }

  #failure(what: string, cause?: Error): IncompleteError {
    const output = this.#process.output().trim()
    return new IncompleteError(`the load generator ${what}${output === '' ? '' : `; it said: ${output}`}`, {
      ...(cause === undefined ? {} : { cause }),
      hint: 'run it again; if it happens twice, look at memory and open-file limits with: tune doctor',
    })
  }
}

import type { Milliseconds } from '../core/clock.ts'
import { IncompleteError } from '../core/errors.ts'
import type { ControllerMessage, GeneratorMessage, GeneratorPlan, GeneratorResult } from '../core/generator-messages.ts'
import { forkPinned, type PinnedProcess, stopProcess } from '../host/pinned-process.ts'
import { STEADY_HEAP_FLAGS } from '../host/process-entry.ts'
import type { DriverHooks } from './driver.ts'

/**
 * One thread collects: helpers that share the only CPU of a generator make each collection longer, and with it the requests
 * late that fall due meanwhile.
 */
const GENERATOR_FLAGS = [...STEADY_HEAP_FLAGS, '--single-threaded-gc']

/** For what a healthy generator does in well under a second, on a machine that is busy. */
const ANSWER_TIMEOUT_MS: Milliseconds = 15_000
const CLOSE_GRACE_MS: Milliseconds = 1_000

/** How one generator process is started, and called when it fails. */
export interface GeneratorProcessOptions {
  /** The process entry; it calls `serveGenerator`. */
  readonly entry: URL
  /** CPU numbers to pin it to; empty for none. */
  readonly cpus: readonly number[]
  /** For example `load generator 2 of 3`. */
  readonly name: string
}

type MessageOf<Type extends GeneratorMessage['type']> = Extract<GeneratorMessage, { readonly type: Type }>

/** One load generator process and what it says, one awaited message at a time. What is awaited fails with an IncompleteError. */
export class GeneratorProcess {
  readonly #process: PinnedProcess
  readonly #name: string
  /** Set when the process is gone, or never was. */
  #end: IncompleteError | undefined
  #onMessage: (message: GeneratorMessage) => void = () => undefined
  #onEnd: (error: IncompleteError) => void = () => undefined

  constructor({ entry, cpus, name }: GeneratorProcessOptions) {
    this.#name = name
    this.#process = forkPinned(entry, { cpus, execArgv: GENERATOR_FLAGS })
    const { child } = this.#process
    // What the generator sends is typed on its side.
    child.on('message', (message) => this.#onMessage(message as GeneratorMessage))
    child.on('error', (error) => this.#ended(this.#failure(`cannot be reached: ${error.message}`, error)))
    child.once('close', (code, signal) => this.#ended(this.#failure(`ended (${signal ?? `exit code ${code}`})`)))
  }

  get pid(): number {
    return this.#process.child.pid ?? 0
  }

  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  /** Resolves when the process is up. */
  async ready(): Promise<void> {
    await this.#next('hello', ANSWER_TIMEOUT_MS)
  }

  /**
   * Gives it the plan of its next phase.
   *
   * @returns p99 of the pauses of an idle spin loop where it runs, watched just now
   */
  async prepare(plan: GeneratorPlan): Promise<Milliseconds> {
    this.#send({ type: 'plan', plan })
    return (await this.#next('ready', ANSWER_TIMEOUT_MS)).hiccupP99Ms
  }

  /** Runs the phase that was prepared, from a moment of the machine's monotonic clock on. */
  async run(
    { durationMs, drainMs }: GeneratorPlan,
    atMonotonicMs: Milliseconds,
    hooks: DriverHooks,
  ): Promise<GeneratorResult> {
    this.#send({ type: 'start', atMonotonicMs, wantsBeats: hooks.onBeat !== undefined })
    return (await this.#next('final', durationMs + drainMs + ANSWER_TIMEOUT_MS, hooks)).result
  }

  /** Ends the sending of the running phase now; `run` resolves after at most `drainMs`. */
  stop(drainMs: Milliseconds): void {
    this.#send({ type: 'stop', drainMs })
  }

  /** Ends the process; resolves when it is gone. */
  close(): Promise<void> {
    return stopProcess(this.#process.child, { graceMs: CLOSE_GRACE_MS })
  }

  #send(message: ControllerMessage): void {
    if (this.#process.child.connected) this.#process.child.send(message)
  }

  /** The next message of a type; what is told before it goes to the hooks. */
  async #next<Type extends GeneratorMessage['type']>(
    type: Type,
    timeoutMs: Milliseconds,
    hooks?: DriverHooks,
  ): Promise<MessageOf<Type>> {
    const { promise, resolve, reject } = Promise.withResolvers<MessageOf<Type>>()
    if (this.#end !== undefined) throw this.#end
    const timer = setTimeout(() => reject(this.#failure(`sent no "${type}" within ${timeoutMs / 1_000} s`)), timeoutMs)
    this.#onEnd = reject
    this.#onMessage = (message) => {
      if (message.type === type) resolve(message as MessageOf<Type>) // the types are equal
      else if (message.type === 'snap') hooks?.onSnapshot(message.snapshot)
      else if (message.type === 'beat') hooks?.onBeat?.(message.beat)
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

  #ended(error: IncompleteError): void {
    this.#end ??= error
    this.#onEnd(this.#end)
  }

  #failure(what: string, cause?: Error): IncompleteError {
    const output = this.#process.output().trim()
    return new IncompleteError(`the ${this.#name} ${what}${output === '' ? '' : `; it said: ${output}`}`, {
      ...(cause === undefined ? {} : { cause }),
      hint: 'run it again; if it happens twice, look at memory and open-file limits with: tune doctor',
    })
  }
}

import type { Cancel, Clock, Milliseconds } from '../../core/clock.ts'
import { logLine } from './log-line.ts'

/** Hands text on; calls `done` when it has been taken. One at a time: the next call comes after `done`. */
export type LogSink = (text: string, lines: number, done: () => void) => void

/** How long lines are collected, and how many are kept for a sink that does not keep up. */
export interface LogBufferOptions {
  /** 0 hands every line on at once, as long as the sink keeps up. */
  readonly delayMs: Milliseconds
  /** Handed on earlier when there are so many characters. */
  readonly batchLength: number
  /** Characters kept while the sink is busy; lines beyond are dropped and counted. */
  readonly maxLength: number
}

/** One write per 100 ms or 64 KiB, whichever comes first; nobody watches logs more closely. */
export const WORKER_LOG_BUFFER: LogBufferOptions = { delayMs: 100, batchLength: 65_536, maxLength: 1_048_576 }
/** The primary hands on what workers have collected already. */
export const PRIMARY_LOG_BUFFER: LogBufferOptions = { delayMs: 0, batchLength: 1, maxLength: 4_194_304 }

/** Collects log lines and hands them on in few pieces, in bounded memory; a reader that stalls costs lines, not time. */
export class LogBuffer {
  readonly #sink: LogSink
  readonly #options: LogBufferOptions
  readonly #clock: Clock
  #text = ''
  #lines = 0
  #dropped = 0
  /** Of these, those that no line has told of yet. */
  #untoldDrops = 0
  #isBusy = false
  #scheduled: Cancel | undefined
  #whenIdle: (() => void)[] = []

  constructor(sink: LogSink, options: LogBufferOptions, clock: Clock) {
    this.#sink = sink
    this.#options = options
    this.#clock = clock
  }

  /** Lines lost since the start. */
  get dropped(): number {
    return this.#dropped
  }

  /** @param text whole lines, each with its end */
  add(text: string, lines = 1): void {
    if (this.#text.length + text.length > this.#options.maxLength) {
      this.#dropped += lines
      this.#untoldDrops += lines
      return
    }
    this.#text += text
    this.#lines += lines
    if (this.#isBusy) return
    if (this.#text.length >= this.#options.batchLength) this.#handOn()
    else this.#scheduled ??= this.#clock.schedule(this.#options.delayMs, () => this.#handOn())
  }

  /** Hands on what there is; resolves when it was taken, or after `patienceMs` when it was not. */
  flush(patienceMs: Milliseconds): Promise<void> {
    if (!this.#isBusy) this.#handOn()
    if (!this.#isBusy) return Promise.resolve()
    return new Promise((resolve) => {
      const giveUp = this.#clock.schedule(patienceMs, resolve)
      this.#whenIdle.push(() => {
        giveUp()
        resolve()
      })
    })
  }

  #handOn(): void {
    this.#scheduled?.()
    this.#scheduled = undefined
    this.#tellOfDrops()
    if (this.#lines === 0) {
      for (const tell of this.#whenIdle.splice(0)) tell()
      return
    }
    const [text, lines] = [this.#text, this.#lines]
    this.#text = ''
    this.#lines = 0
    this.#isBusy = true
    this.#sink(text, lines, () => {
      this.#isBusy = false
      this.#handOn()
    })
  }

  #tellOfDrops(): void {
    if (this.#untoldDrops === 0) return
    this.#text += logLine('error', { message: 'log lines dropped, nobody read them', dropped: this.#untoldDrops })
    this.#lines++
    this.#untoldDrops = 0
  }
}

import { messageOf } from '../core/errors.ts'
import type { TargetStats } from './messages.ts'
import type { QueueOptions, QueueStateOptions } from './options/queue.ts'
import { loadQueueState, saveQueueState } from './queue-state.ts'
import type { QueueCounters } from './queue-state.ts'

/** What the keeper asks of the process that it runs in, which must be the only one that saves. */
export interface QueueKeeperParts {
  readonly stats: () => Promise<TargetStats>
  /** Gets every state that could not be read or saved; the server goes on without. */
  readonly onFailure: (text: string) => void
}

const NOTHING_COUNTED: QueueCounters = { admitted: 0, refused: 0 }

/** Keeps the size and the counts of the admission queues in a file, from time to time and when the server ends. */
export class QueueKeeper {
  readonly #options: QueueStateOptions
  readonly #initialSize: number
  readonly #parts: QueueKeeperParts
  #size: number
  /** QUEUE_SIZE as it was last given. */
  #setting: number
  #counters: QueueCounters
  /** What each worker had counted when it was last asked. */
  #known: ReadonlyMap<number, QueueCounters> = new Map()
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()

  private constructor(
    options: QueueStateOptions,
    sizes: { readonly initial: number; readonly now: number },
    counters: QueueCounters,
    parts: QueueKeeperParts,
  ) {
    this.#options = options
    this.#initialSize = sizes.initial
    this.#size = sizes.now
    this.#setting = sizes.initial
    this.#counters = counters
    this.#parts = parts
  }

  /** Reads the file; with one that cannot be used everything begins anew. */
  static async open(
    { capacity }: QueueOptions,
    options: QueueStateOptions,
    parts: QueueKeeperParts,
  ): Promise<QueueKeeper> {
    const loaded = await loadQueueState(options.path)
    if (loaded.kind === 'damaged') {
      parts.onFailure(`QUEUE_STATE_PATH: ${options.path} is not used (${loaded.problem})`)
    }
    const state = loaded.kind === 'loaded' ? loaded.state : undefined
    const now = state?.initialSize === capacity ? state.maxSize : capacity
    return new QueueKeeper(options, { initial: capacity, now }, state?.counters ?? NOTHING_COUNTED, parts)
  }

  /** Requests that may wait in each worker. */
  get size(): number {
    return this.#size
  }

  /** The size to apply where the settings say this one: only where they say something new does what was kept not count. */
  sizeFor(setting: number): number {
    return setting === this.#setting ? this.#size : setting
  }

  /** Settings with this size were applied while the server runs. */
  resize(setting: number): void {
    this.#size = this.sizeFor(setting)
    this.#setting = setting
  }

  /** Begins to save from time to time. */
  start(): void {
    this.#timer = setInterval(() => void this.#save(), this.#options.saveIntervalMs).unref()
  }

  /** Saves for the last time. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#save()
  }

  /** One after the other, because they write the same file; but asked at once, while workers that end can still tell. */
  #save(): Promise<void> {
    const stats = this.#parts.stats()
    // It is dealt with when its turn has come.
    stats.catch(() => undefined)
    this.#saving = this.#saving.then(() => this.#saveOnce(stats))
    return this.#saving
  }

  async #saveOnce(stats: Promise<TargetStats>): Promise<void> {
    try {
      const queueLength = this.#count(await stats)
      const state = { maxSize: this.#size, initialSize: this.#initialSize, queueLength, counters: this.#counters }
      await saveQueueState(this.#options.path, state, new Date())
    } catch (error) {
      this.#parts.onFailure(`QUEUE_STATE_PATH: ${this.#options.path} was not saved (${messageOf(error)})`)
    }
  }

  /** Adds what workers have counted since; what one counts after it was last asked ends with it. Returns how many wait. */
  #count({ workers, silentPids }: TargetStats): number {
    // One that was too busy to answer goes on from what it had.
    const known = new Map([...this.#known].filter(([pid]) => silentPids.includes(pid)))
    let { admitted, refused } = this.#counters
    let queueLength = 0
    for (const { pid, queue } of workers) {
      if (queue === null) continue
      const told = this.#known.get(pid)
      // A process without workers begins anew with each reload.
      const before = told === undefined || told.admitted > queue.admitted ? NOTHING_COUNTED : told
      admitted += queue.admitted - before.admitted
      refused += Math.max(0, queue.refused - before.refused)
      queueLength += queue.waiting
      known.set(pid, queue)
    }
    this.#known = known
    this.#counters = { admitted, refused }
    return queueLength
  }
}

import cluster from 'node:cluster'
import type { Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'

import type { Milliseconds } from '../core/clock.ts'
import { entryUrl, STEADY_HEAP_FLAGS } from '../host/process-entry.ts'
import type { TargetStats, WorkerCommand, WorkerMessage, WorkerStats } from './messages.ts'
import type { ServerOptions } from './options.ts'

/** What the supervisor tells its process. */
export interface SupervisorEvents {
  /** The set of workers that serve has changed, to this one. The first time, all of them serve. */
  readonly onServing: (workerPids: readonly number[]) => void
  /** The server cannot run; nothing is served. */
  readonly onFailed: (message: string, hint: string | undefined) => void
}

/** A worker that hangs must not hold up the figures of the others. */
const STATS_TIMEOUT_MS: Milliseconds = 300
/** A worker that could not close in time gets this much longer before it is killed. */
const KILL_MARGIN_MS: Milliseconds = 1_000
/** While others serve, an idle connection of a replaced worker stays open so long: a request may be on its way. */
const LINGER_MS: Milliseconds = 1_000
/** Workers that end so often before they served anything will not serve at the next try either. */
const MAX_FAILED_STARTS = 5
const FAILED_STARTS_WINDOW_MS: Milliseconds = 10_000
const RESPAWN_BASE_MS: Milliseconds = 100
const RESPAWN_CAP_MS: Milliseconds = 5_000
/** Of the workers, those that may be replaced at the same time. */
const REPLACED_FRACTION = 0.25

interface Member {
  readonly worker: Worker
  readonly options: ServerOptions
  state: 'starting' | 'serving' | 'draining' | 'gone'
  /** The worker that this one takes over from; undefined once it has. */
  successorOf: Member | undefined
}

/** Keeps the workers of one server running: starts, replaces, watches and ends them. */
export class Supervisor {
  #options: ServerOptions
  readonly #events: SupervisorEvents
  readonly #members = new Map<number, Member>()
  /** Those that are to be replaced, in order. */
  readonly #worn: Member[] = []
  readonly #whenApplied: (() => void)[] = []
  readonly #statsAnswers = new Map<number, (stats: WorkerStats) => void>()
  #seed: number
  #nextStatsId = 0
  #isStopping = false
  #hasServed = false
  #failedStartsMs: Milliseconds[] = []
  #recycled = 0
  #crashed = 0

  /**
   * @param options with the port already chosen: a worker that comes later must find the same one
   * @param seed each worker gets one of its own, derived from it
   */
  constructor(options: ServerOptions, seed: number, events: SupervisorEvents) {
    this.#options = options
    this.#events = events
    this.#seed = seed
    cluster.schedulingPolicy = cluster.SCHED_RR
    cluster.setupPrimary({
      exec: fileURLToPath(entryUrl(import.meta.url, 'worker')),
      execArgv: [...process.execArgv, ...STEADY_HEAP_FLAGS],
      serialization: 'advanced',
    })
  }

  start(): void {
    for (let count = 0; count < this.#options.workers; count++) this.#fork()
  }

  /** The figures of all workers that answer in time. */
  async stats(): Promise<TargetStats> {
    const serving = this.#serving()
    const answers = await Promise.all(serving.map(({ worker }) => this.#statsOf(worker)))
    const workers = answers.filter((answer) => answer !== undefined)
    const answered = new Set(workers.map(({ pid }) => pid))
    const silentPids = pidsOf(serving).filter((pid) => !answered.has(pid))
    return { primaryPid: process.pid, workers, silentPids, recycled: this.#recycled, crashed: this.#crashed }
  }

  /**
   * Replaces all workers by ones with other options, a few at a time and each only when its successor serves; the address
   * stays. Resolves when only workers with these options serve.
   */
  apply(options: ServerOptions): Promise<void> {
    const { host, port } = this.#options
    this.#options = { ...options, host, port }
    const serving = this.#serving()
    for (const surplus of serving.slice(options.workers)) void this.#retire(surplus, LINGER_MS)
    for (let count = this.#expected(); count < options.workers; count++) this.#fork()
    this.#worn.push(...serving.slice(0, options.workers))
    this.#replaceWorn()
    return new Promise((resolve) => this.#whenApplied.push(resolve))
  }

  /** Has all workers end what they do; resolves when they are gone, at the latest after the graceful timeout. */
  async drain(): Promise<void> {
    this.#isStopping = true
    await Promise.all([...this.#members.values()].map((member) => this.#retire(member, 0)))
  }

  /** Ends all workers at once. */
  kill(): void {
    this.#isStopping = true
    for (const { worker } of this.#members.values()) worker.process.kill('SIGKILL')
  }

  #fork(successorOf?: Member): void {
    const worker = cluster.fork()
    const member: Member = { worker, options: this.#options, state: 'starting', successorOf }
    this.#members.set(worker.id, member)
    worker.on('message', (message: WorkerMessage) => this.#onMessage(member, message))
    worker.on('exit', (code, signal) => this.#onExit(member, signal === null ? `exit code ${code}` : signal))
    this.#tell(worker, { type: 'start', options: this.#options, seed: this.#seed++ })
  }

  #onMessage(member: Member, message: WorkerMessage): void {
    switch (message.type) {
      case 'listening':
        return this.#onServing(member)
      case 'failed':
        return this.#fail(message.message, 'choose another SERVER_PORT or SERVER_HOST')
      case 'stats':
        return this.#statsAnswers.get(message.id)?.(message.stats)
      case 'worn':
        this.#worn.push(member)
        return this.#replaceWorn()
    }
  }

  #onServing(member: Member): void {
    member.state = 'serving'
    const predecessor = member.successorOf
    if (predecessor?.state === 'serving') {
      this.#recycled++
      void this.#retire(predecessor, LINGER_MS)
    }
    // Otherwise each worker would keep all that came before it.
    member.successorOf = undefined
    // Options may have changed while it started.
    if (member.options !== this.#options) this.#worn.push(member)
    const serving = this.#serving()
    this.#hasServed ||= serving.length === this.#options.workers
    if (this.#hasServed) this.#events.onServing(pidsOf(serving))
    this.#replaceWorn()
    const isApplied = serving.every(({ options }) => options === this.#options)
    if (isApplied && serving.length >= this.#options.workers) for (const tell of this.#whenApplied.splice(0)) tell()
  }

  /** A worn worker serves on until its successor does. */
  #replaceWorn(): void {
    const atOnce = Math.ceil(this.#options.workers * REPLACED_FRACTION)
    const starting = [...this.#members.values()].filter(({ state }) => state === 'starting').length
    for (let free = atOnce - starting; free > 0 && !this.#isStopping; free--) {
      let next = this.#worn.shift()
      while (next !== undefined && (next.state !== 'serving' || this.#hasSuccessor(next))) next = this.#worn.shift()
      if (next === undefined) return
      this.#fork(next)
    }
  }

  #hasSuccessor(member: Member): boolean {
    return [...this.#members.values()].some(({ successorOf }) => successorOf === member)
  }

  /** Workers that serve, or will in place of nobody else. */
  #expected(): number {
    const members = [...this.#members.values()]
    return members.filter(
      ({ state, successorOf }) => state === 'serving' || (state === 'starting' && successorOf?.state !== 'serving'),
    ).length
  }

  #retire(member: Member, lingerMs: Milliseconds): Promise<void> {
    member.state = 'draining'
    const { worker } = member
    return new Promise((resolve) => {
      const killer = setTimeout(
        () => worker.process.kill('SIGKILL'),
        this.#options.gracefulTimeoutMs + lingerMs + KILL_MARGIN_MS,
      )
      worker.once('exit', () => {
        clearTimeout(killer)
        resolve()
      })
      this.#tell(worker, { type: 'drain', lingerMs })
    })
  }

  #onExit(member: Member, reason: string): void {
    const { state } = member
    member.state = 'gone'
    this.#members.delete(member.worker.id)
    if (this.#isStopping || state === 'draining') return
    this.#crashed++
    const nowMs = performance.now()
    if (state === 'starting') this.#failedStartsMs.push(nowMs)
    this.#failedStartsMs = this.#failedStartsMs.filter((failedAtMs) => nowMs - failedAtMs < FAILED_STARTS_WINDOW_MS)
    if (this.#failedStartsMs.length >= MAX_FAILED_STARTS) {
      return this.#fail(`its workers end while they start (${reason})`, undefined)
    }
    if (this.#hasServed) this.#events.onServing(pidsOf(this.#serving()))
    const delayMs = Math.min(RESPAWN_CAP_MS, RESPAWN_BASE_MS * 2 ** this.#failedStartsMs.length)
    setTimeout(() => {
      if (this.#isStopping) return
      if (member.successorOf !== undefined) this.#worn.push(member.successorOf)
      this.#replaceWorn()
      // Its successor may be on its way already.
      if (this.#expected() < this.#options.workers) this.#fork()
    }, delayMs)
  }

  #fail(message: string, hint: string | undefined): void {
    if (this.#isStopping) return
    this.kill()
    this.#events.onFailed(message, hint)
  }

  #statsOf(worker: Worker): Promise<WorkerStats | undefined> {
    const id = this.#nextStatsId++
    return new Promise<WorkerStats | undefined>((resolve) => {
      const timer = setTimeout(resolve, STATS_TIMEOUT_MS, undefined)
      this.#statsAnswers.set(id, (stats) => {
        clearTimeout(timer)
        resolve(stats)
      })
      this.#tell(worker, { type: 'stats', id })
    }).finally(() => this.#statsAnswers.delete(id))
  }

  /** A worker may be gone before its exit is known here; that is not an error. */
  #tell(worker: Worker, command: WorkerCommand): void {
    if (worker.isConnected()) worker.send(command, () => undefined)
  }

  #serving(): readonly Member[] {
    return [...this.#members.values()].filter(({ state }) => state === 'serving')
  }
}

function pidsOf(members: readonly Member[]): readonly number[] {
  return members.flatMap(({ worker }) => worker.process.pid ?? [])
}

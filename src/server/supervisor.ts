import type { Milliseconds } from '../core/clock.ts'
import { messageOf, TargetError } from '../core/errors.ts'
import { MIN_WORKER_LIFETIME_MS } from '../resilience/recycle-policy.ts'
import { FailedStarts } from './failed-starts.ts'
import { AwakeTime, LOOK_INTERVAL_MS } from './life-signs.ts'
import type { TargetStats } from './messages.ts'
import type { ServerOptions } from './options.ts'
import { crashText, hastyWearText, hungText } from './replacement-texts.ts'
import { Rollout, ROLLOUT_TIMEOUT_MS } from './rollout.ts'
import type { SupervisorEvents } from './supervisor-events.ts'
import { prepareWorkers, WorkerProcess } from './worker-process.ts'
import type { LifeMessage } from './worker-process.ts'
import { nextToReplace, wearOf } from './worker-slots.ts'
import type { WorkerSlot } from './worker-slots.ts'

/** While others serve, an idle connection of a replaced worker stays open so long: a request may be on its way. */
const LINGER_MS: Milliseconds = 1_000
/** A worker that loads its code is silent for longer than one that serves may be. */
const START_ALLOWANCE_MS: Milliseconds = 15_000

/** Keeps the workers of one server running: starts, replaces, watches and ends them. */
export class Supervisor {
  #options: ServerOptions
  /** Workers with other options are to be replaced since then. */
  #optionsSinceMs: Milliseconds = 0
  readonly #events: SupervisorEvents
  readonly #slots: WorkerSlot<WorkerProcess>[] = []
  /** All that have not ended, those that drain included. */
  readonly #members = new Set<WorkerProcess>()
  readonly #failedStarts = new FailedStarts()
  readonly #awake = new AwakeTime(performance.now())
  #watch: NodeJS.Timeout | undefined
  #rollout: Rollout | undefined
  readonly #rolloutTimeoutMs: Milliseconds
  #seed: number
  #isStopping = false
  #hasServed = false
  /** One hint per options is enough. */
  #hasWarnedOfWear = false
  #recycled = 0
  #crashed = 0

  /**
   * @param options with the port already chosen, and at least one worker: one that comes later must find the same port
   * @param seed each worker gets one of its own, derived from it
   * @param rolloutTimeoutMs how long `apply` tries to have workers serve with other options
   */
  constructor(
    options: ServerOptions,
    seed: number,
    events: SupervisorEvents,
    rolloutTimeoutMs: Milliseconds = ROLLOUT_TIMEOUT_MS,
  ) {
    this.#options = options
    this.#events = events
    this.#seed = seed
    this.#rolloutTimeoutMs = rolloutTimeoutMs
    prepareWorkers(options.reusePort)
  }

  start(): void {
    this.#watch = setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref()
    this.#reconcile()
  }

  /** The figures of all workers that answer in time. */
  async stats(): Promise<TargetStats> {
    const serving = this.#serving()
    const answers = await Promise.all(serving.map((member) => member.stats()))
    const workers = answers.filter((answer) => answer !== undefined)
    const answered = new Set(workers.map(({ pid }) => pid))
    const silentPids = pidsOf(serving).filter((pid) => !answered.has(pid))
    return { primaryPid: process.pid, workers, silentPids, recycled: this.#recycled, crashed: this.#crashed }
  }

  /**
   * Replaces all workers by ones with other options, a few at a time and each only when its successor serves; the address
   * stays. Resolves when only workers with these options serve.
   *
   * @throws {TargetError} when no worker can serve with them; then the options before stay in force
   */
  apply(options: ServerOptions): Promise<void> {
    const { host, port, reusePort } = this.#options
    this.#rollout ??= new Rollout(this.#options, performance.now(), this.#rolloutTimeoutMs)
    const applied = this.#rollout.wait()
    this.#setOptions({ ...options, host, port, reusePort })
    this.#reconcile()
    return applied
  }

  /** Has all workers end what they do; resolves when they are gone, at the latest after the graceful timeout. */
  async drain(): Promise<void> {
    this.#stopWatching()
    await Promise.all([...this.#members].map((member) => member.retire(0)))
  }

  /** Ends all workers at once. */
  kill(): void {
    this.#stopWatching()
    for (const member of this.#members) member.kill()
  }

  #stopWatching(): void {
    this.#isStopping = true
    clearInterval(this.#watch)
  }

  #setOptions(options: ServerOptions): void {
    this.#options = options
    this.#optionsSinceMs = performance.now()
    this.#hasWarnedOfWear = false
    this.#failedStarts.clear()
  }

  /** Does what is due by time: kills workers that hang, and starts those that had to wait. */
  #look(): void {
    this.#awake.look(performance.now())
    for (const { serving, starting } of this.#slots) {
      if (serving !== undefined) this.#killIfHung(serving, serving.options.workerTimeoutMs)
      if (starting !== undefined) {
        this.#killIfHung(starting, Math.max(START_ALLOWANCE_MS, starting.options.workerTimeoutMs))
      }
    }
    if (this.#rollout?.isOverdue(performance.now()) === true) this.#rollBack(this.#rollout, 'they do not serve in time')
    this.#reconcile()
  }

  #killIfHung(member: WorkerProcess, timeoutMs: Milliseconds): void {
    const silentMs = this.#awake.nowMs - member.heardAtMs
    if (silentMs <= timeoutMs || member.isHung) return
    member.isHung = true
    this.#events.onWarning(hungText(member.identity, silentMs, timeoutMs))
    member.kill()
  }

  /** Brings the workers nearer to what they should be; does nothing when they are it. */
  #reconcile(): void {
    if (this.#isStopping) return
    this.#endSurplus()
    while (this.#slots.length < this.#options.workers) {
      this.#slots.push({ index: this.#slots.length, serving: undefined, starting: undefined })
    }
    for (const slot of this.#slots) if (slot.serving === undefined && slot.starting === undefined) this.#fork(slot)
    const draining = [...this.#members].filter(({ state }) => state === 'draining').length
    const current = { options: this.#options, optionsSinceMs: this.#optionsSinceMs, draining }
    for (const slot of nextToReplace(this.#slots, performance.now(), current)) this.#fork(slot)
    this.#endRollout()
  }

  /** There are fewer workers now; the others go first into service. */
  #endSurplus(): void {
    const { workers } = this.#options
    const isServed = this.#slots.slice(0, workers).every(({ serving }) => serving !== undefined)
    if (this.#slots.length <= workers || !isServed) return
    for (const { serving, starting } of this.#slots.splice(workers)) {
      if (serving !== undefined) void serving.retire(LINGER_MS)
      starting?.dismiss()
    }
    this.#tellServing()
  }

  #endRollout(): void {
    if (this.#rollout === undefined || this.#slots.length !== this.#options.workers) return
    if (!this.#slots.every(({ serving }) => serving?.options === this.#options)) return
    this.#rollout.succeed()
    this.#rollout = undefined
  }

  #fork(slot: WorkerSlot<WorkerProcess>): void {
    if (this.#isStopping || !this.#failedStarts.mayStart(performance.now())) return
    const start = { slot: slot.index, options: this.#options, seed: this.#seed++ }
    try {
      const member: WorkerProcess = new WorkerProcess(start, this.#awake.nowMs, {
        onMessage: (message) => this.#onMessage(slot, member, message),
        onReport: (report) => this.#events.onReport(member.identity.id, report, (command) => member.tell(command)),
        hasOthers: () => this.#serving().some((other) => other !== member),
        onEnd: (how) => this.#onEnd(slot, member, how),
      })
      this.#members.add(member)
      slot.starting = member
    } catch (error) {
      this.#onFailedStart(this.#options, messageOf(error), undefined)
    }
  }

  #onMessage(slot: WorkerSlot<WorkerProcess>, member: WorkerProcess, message: LifeMessage): void {
    member.heardAtMs = this.#awake.nowMs
    switch (message.type) {
      case 'alive':
        return
      case 'listening':
        return this.#onServing(slot, member)
      case 'failed':
        if (member.state !== 'starting') return
        member.failure = { message: message.message, hint: message.hint }
        return member.kill()
      case 'worn':
        return this.#onWorn(member, message)
    }
  }

  #onServing(slot: WorkerSlot<WorkerProcess>, member: WorkerProcess): void {
    if (member.state !== 'starting') return
    member.state = 'serving'
    member.servingSinceMs = performance.now()
    const predecessor = slot.serving
    slot.starting = undefined
    slot.serving = member
    if (predecessor !== undefined) {
      this.#recycled++
      this.#events.onReplaced(slot.index, wearOf(predecessor, this.#options, this.#optionsSinceMs)?.reason ?? 'reload')
      void predecessor.retire(LINGER_MS)
    }
    this.#tellServing()
    this.#reconcile()
  }

  #onWorn(member: WorkerProcess, message: LifeMessage & { readonly type: 'worn' }): void {
    if (!['starting', 'serving'].includes(member.state) || member.worn !== undefined) return
    const nowMs = performance.now()
    const livedMs = nowMs - member.servingSinceMs
    member.worn = { reason: message.reason, fromMs: Math.max(nowMs, member.servingSinceMs + MIN_WORKER_LIFETIME_MS) }
    if (livedMs < MIN_WORKER_LIFETIME_MS && !this.#hasWarnedOfWear) {
      this.#hasWarnedOfWear = true
      this.#events.onWarning(hastyWearText({ ...message, livedMs }, member.options.recycle))
    }
    this.#reconcile()
  }

  #onEnd(slot: WorkerSlot<WorkerProcess>, member: WorkerProcess, how: string): void {
    const { state, options, failure, isHung, identity } = member
    member.state = 'gone'
    this.#members.delete(member)
    this.#events.onEnded(identity)
    if (slot.starting === member) slot.starting = undefined
    if (slot.serving === member) slot.serving = undefined
    if (this.#isStopping) return
    if (state !== 'draining') {
      this.#crashed++
      this.#events.onReplaced(slot.index, isHung ? 'hung' : 'crash')
    }
    if (state === 'starting')
      this.#onFailedStart(options, failure?.message ?? how, failure?.hint, failure !== undefined)
    if (state === 'serving') {
      // One that dies soon after each start is not to become a storm either.
      const endedMs = performance.now()
      if (endedMs - member.servingSinceMs < MIN_WORKER_LIFETIME_MS) this.#failedStarts.add(endedMs)
      if (!isHung) this.#events.onWarning(crashText(identity, how))
      this.#tellServing()
    }
    this.#reconcile()
  }

  /** @param isKnown the worker itself has said why, so that another try would end the same way */
  #onFailedStart(options: ServerOptions, how: string, hint: string | undefined, isKnown = false): void {
    const nowMs = performance.now()
    this.#failedStarts.add(nowMs)
    const isHopeless = isKnown || this.#failedStarts.isHopeless(nowMs)
    const text = isKnown ? how : `its workers end while they start (${how})`
    if (isHopeless && this.#rollout !== undefined) {
      return options === this.#options ? this.#rollBack(this.#rollout, text) : undefined
    }
    if (isHopeless && (!this.#hasServed || this.#serving().length === 0)) return this.#fail(text, hint)
    if (this.#hasServed) this.#events.onWarning(`a worker did not start (${how}); it is tried again`)
  }

  #rollBack(rollout: Rollout, reason: string): void {
    this.#rollout = undefined
    this.#setOptions(rollout.previous)
    for (const slot of this.#slots) {
      if (slot.starting === undefined || slot.starting.options === rollout.previous) continue
      slot.starting.dismiss()
      slot.starting = undefined
    }
    rollout.fail(
      new TargetError(`no worker can serve with the new settings (${reason}); the ones before stay in force`),
    )
  }

  #fail(message: string, hint: string | undefined): void {
    if (this.#isStopping) return
    this.kill()
    this.#events.onFailed(message, hint)
  }

  /** The first time only once all of them serve. */
  #tellServing(): void {
    const serving = this.#serving()
    this.#hasServed ||= serving.length === this.#options.workers
    if (this.#hasServed) this.#events.onServing(pidsOf(serving))
  }

  #serving(): readonly WorkerProcess[] {
    return this.#slots.flatMap(({ serving }) => serving ?? [])
  }
}

function pidsOf(members: readonly WorkerProcess[]): readonly number[] {
  return members.flatMap(({ pid }) => pid ?? [])
}

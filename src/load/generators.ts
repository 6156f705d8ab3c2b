import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorPlan, GeneratorResult } from '../core/generator-messages.ts'
import type { Workload } from '../core/workload.ts'
import { entryUrl } from '../host/process-entry.ts'
import type { DriverHooks } from './driver.ts'
import { GeneratorProcess } from './generator-client.ts'
import { mergeBeats, mergeResults, mergeSnapshots } from './merge-results.ts'
import { monotonicNowMs } from './monotonic.ts'
import { Rounds } from './rounds.ts'

/** Until then every generator has read that it starts. */
const START_AHEAD_MS: Milliseconds = 20

/** A finished phase, with how the machine and each generator did. */
export interface WatchedResult extends GeneratorResult {
  /** Generators that had a share of the load: fewer than were started when there was less to share. */
  readonly processes: number
  /** CPU time of the one that used most. */
  readonly busiestCpuMs: Milliseconds
  /** What lateness the machine itself causes where the generators run, watched just before the phase; the worst of them. */
  readonly hiccupP99Ms: Milliseconds
}

/** What the generators tell together. */
export interface PhaseHooks extends DriverHooks {
  /** When all of them are ready to start; the phase begins when it has resolved. */
  readonly onPrepared?: () => Promise<void>
}

/** Load generators in processes of their own, kept for all phases of a run so that their code stays warm. */
export interface Generator {
  readonly pids: readonly number[]
  /**
   * Runs one phase; one at a time. The `share` of the plan is that of all generators here.
   *
   * @throws {IncompleteError} when a process dies, falls silent, or cannot send what the plan asks
   */
  readonly runPhase: (plan: GeneratorPlan, hooks: PhaseHooks) => Promise<WatchedResult>
  /** Ends the sending of the phase now, also of one that is only being prepared; its result comes after at most `drainMs`. */
  readonly stopPhase: (drainMs: Milliseconds) => void
  /** Ends the processes; resolves when they are gone. */
  readonly close: () => Promise<void>
}

/** How generators are started. */
export interface GeneratorsOptions {
  /** CPU numbers: one for each process when there are as many, otherwise all for all; empty for no pinning. */
  readonly cpus: readonly number[]
  /** At least 1; 1 when it is not given. */
  readonly processes?: number
  /** A process entry in place of the one that sends real requests. */
  readonly entry?: URL
}

/**
 * Starts generators that apply each phase together.
 *
 * @throws {IncompleteError} when one of them does not come up
 */
export async function startGenerators(options: GeneratorsOptions): Promise<Generator> {
  const { cpus, processes: count = 1, entry = entryUrl(import.meta.url, 'generator') } = options
  const haveOwnCpus = count === 1 || cpus.length >= count
  const processes = Array.from({ length: count }, (_, index) => {
    const own = count > 1 && haveOwnCpus ? cpus.slice(index, index + 1) : cpus
    const name = count === 1 ? 'load generator' : `load generator ${index + 1} of ${count}`
    return new GeneratorProcess({ entry, cpus: own, name })
  })
  const group = new GeneratorGroup(processes, haveOwnCpus)
  try {
    await Promise.all(processes.map((process) => process.ready()))
    return group
  } catch (error) {
    await group.close()
    throw error
  }
}

class GeneratorGroup implements Generator {
  readonly #processes: readonly GeneratorProcess[]
  readonly #haveOwnCpus: boolean
  /** Those that the phase was started in. */
  #running: readonly GeneratorProcess[] = []
  /** Set by a stop that came before the phase was started, which the generators would not know what to do with. */
  #earlyStopMs: Milliseconds | undefined

  constructor(processes: readonly GeneratorProcess[], haveOwnCpus: boolean) {
    this.#processes = processes
    this.#haveOwnCpus = haveOwnCpus
  }

  get pids(): readonly number[] {
    return this.#processes.map(({ pid }) => pid)
  }

  async runPhase(plan: GeneratorPlan, hooks: PhaseHooks): Promise<WatchedResult> {
    this.#earlyStopMs = undefined
    const active = this.#processes.slice(0, sharesOf(plan.workload))
    try {
      const hiccupsMs = await this.#prepare(active, plan)
      await hooks.onPrepared?.()
      const results = await this.#run(active, plan, hooks)
      return {
        ...mergeResults(
          results,
          plan.requests.map(({ name }) => name),
        ),
        processes: active.length,
        busiestCpuMs: Math.max(...results.map(({ cpuMs }) => cpuMs)),
        hiccupP99Ms: Math.max(...hiccupsMs),
      }
    } catch (error) {
      // Half a load tells nothing, now or in a later phase.
      if (this.#processes.some(({ hasEnded }) => hasEnded)) await this.close()
      throw error
    } finally {
      this.#running = []
    }
  }

  stopPhase(drainMs: Milliseconds): void {
    this.#earlyStopMs = drainMs
    for (const process of this.#running) process.stop(drainMs)
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.close()))
  }

  /** On CPUs that they share one after the other and without spinning, because each would take the time of the others. */
  async #prepare(active: readonly GeneratorProcess[], plan: GeneratorPlan): Promise<readonly Milliseconds[]> {
    const maySpin = plan.maySpin && this.#haveOwnCpus
    const prepare = (process: GeneratorProcess, index: number): Promise<Milliseconds> =>
      process.prepare({ ...plan, maySpin, share: { index, of: active.length } })
    if (this.#haveOwnCpus) return allOf(active.map(prepare))
    const hiccupsMs: Milliseconds[] = []
    for (const [index, process] of active.entries()) hiccupsMs.push(await prepare(process, index))
    return hiccupsMs
  }

  async #run(
    active: readonly GeneratorProcess[],
    plan: GeneratorPlan,
    { onSnapshot, onBeat }: DriverHooks,
  ): Promise<readonly GeneratorResult[]> {
    const snapshots = new Rounds(active.length, merging(mergeSnapshots, onSnapshot))
    const beats = onBeat && new Rounds(active.length, merging(mergeBeats, onBeat))
    const atMonotonicMs = monotonicNowMs() + START_AHEAD_MS
    const runOne = async (process: GeneratorProcess, index: number): Promise<GeneratorResult> => {
      try {
        return await process.run(plan, atMonotonicMs, {
          onSnapshot: (snapshot) => snapshots.tell(index, snapshot),
          onBeat: beats && ((beat) => beats.tell(index, beat)),
        })
      } catch (error) {
        for (const other of active) if (other !== process) other.stop(0)
        throw error
      } finally {
        snapshots.leave(index)
        beats?.leave(index)
      }
    }
    const running = active.map(runOne)
    this.#running = active
    if (this.#earlyStopMs !== undefined) this.stopPhase(this.#earlyStopMs)
    return allOf(running)
  }
}

/** What all give; when some fail, the first failure of them, once all have come to an end. */
async function allOf<Value>(promises: readonly Promise<Value>[]): Promise<readonly Value[]> {
  try {
    return await Promise.all(promises)
  } finally {
    await Promise.allSettled(promises)
  }
}

function merging<Told>(
  merge: (told: readonly Told[]) => Told,
  tell: (merged: Told) => void,
): (told: readonly Told[]) => void {
  return (told) => tell(merge(told))
}

/** Generators that the load can be shared among, so that each has something to send, something to send it on, and a sender. */
function sharesOf(workload: Workload): number {
  switch (workload.kind) {
    case 'closed':
      return Math.min(workload.connections, workload.maxRequests ?? Infinity)
    case 'open':
      return Math.min(workload.maxConnections, workload.clients)
    case 'users':
      return workload.users
  }
}

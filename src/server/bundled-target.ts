import type { ChildProcess } from 'node:child_process'

import type { Milliseconds } from '../core/clock.ts'
import { TargetError } from '../core/errors.ts'
import { changedSettings } from '../core/settings.ts'
import type { ResolvedSettings } from '../core/settings.ts'
import { forkPinned, stopProcess } from '../host/pinned-process.ts'
import type { PinnedProcess } from '../host/pinned-process.ts'
import { entryUrl } from '../host/process-entry.ts'
import type { ControllerMessage, PrimaryMessage, TargetStats, UpstreamFault } from './messages.ts'
import { childMessage } from './child-message.ts'
import { serverOptions } from './options.ts'
import type { ServerOptions } from './options.ts'
import { startSimulators } from './simulators.ts'
import type { Simulators } from './simulators.ts'

/** What the bundled server is started with. */
export interface BundledTargetOptions {
  readonly settings: ResolvedSettings
  /** Replaces WEB_CONCURRENCY. */
  readonly workers?: number
  /** CPUs of the primary and its workers, and of the simulated upstreams; empty means not pinned. */
  readonly targetCpus: readonly number[]
  readonly simulatorCpus: readonly number[]
  /** CPUs that the server can use, for automatic worker counts; fractional under a quota. */
  readonly effectiveCpus: number
  /** Replaces SERVER_PORT; 0 takes any free port. */
  readonly port?: number
  readonly seed: number
  /** Stops the server. */
  readonly signal?: AbortSignal
}

/** The running server. */
export interface BundledTarget {
  /** Scheme, host and port. */
  readonly url: string
  readonly workers: number
  /** The primary first; changes when workers are replaced. */
  readonly pids: () => readonly number[]
  /** @throws {TargetError} when the server is gone or does not answer within a second */
  readonly stats: () => Promise<TargetStats>
  /**
   * Switches a fault of a simulated upstream on or, with `{}`, off.
   *
   * @throws {TargetError} when there is no simulator of that name
   */
  readonly setFault: (upstream: string, fault: UpstreamFault) => Promise<void>
  /**
   * Changes settings without closing the port: all workers are replaced, each when its successor serves.
   *
   * @returns the names of the settings that are in effect now, and of those that differ and need a new start
   * @throws {TargetError} when the server is gone, or UPSTREAMS is emptied and no simulators were started
   */
  readonly apply: (settings: ResolvedSettings) => Promise<ReturnType<typeof changedSettings>>
  /** Drains and ends all processes; again does nothing. */
  readonly stop: () => Promise<void>
  /** Resolves when the server ends by itself; never after `stop`. */
  readonly exited: Promise<{ readonly reason: string }>
}

/** Far more than a start takes on a busy machine. */
const START_TIMEOUT_MS: Milliseconds = 15_000
/** The primary itself waits 300 ms for its workers. */
const STATS_TIMEOUT_MS: Milliseconds = 1_000
/** A rolling replacement of many workers, with the time that each gets to start. */
const APPLY_TIMEOUT_MS: Milliseconds = 60_000
/** The primary needs this much longer than its workers. */
const STOP_MARGIN_MS: Milliseconds = 2_000
const NAME = 'the bundled server'

/**
 * Starts the simulated upstreams (unless UPSTREAMS names real ones), the primary and its workers.
 *
 * @throws {TargetError} when the server does not start; nothing is left running then
 */
export async function startBundledTarget(input: BundledTargetOptions): Promise<BundledTarget> {
  const { signal, seed, workers, port } = input
  const settings = serverOptions(input.settings, input.effectiveCpus)
  const options = { ...settings, workers: workers ?? settings.workers, port: port ?? settings.port }
  signal?.throwIfAborted()
  // The primary loads its code while the simulators start.
  const primary = forkPinned(entryUrl(import.meta.url, 'primary'), { cpus: input.targetCpus, execArgv: [] })
  const isSimulated = options.upstream.addresses.length === 0
  let simulators: Simulators | undefined
  try {
    simulators = isSimulated ? await startSimulators({ cpus: input.simulatorCpus, seed }) : undefined
    const addresses = simulators?.addresses ?? options.upstream.addresses
    const upstream = { ...options.upstream, addresses }
    const started = await startPrimary(primary, { ...options, upstream }, seed, signal)
    const target = targetOf(primary, simulators, options, started)
    signal?.addEventListener('abort', () => void target.stop(), { once: true })
    return target
  } catch (error) {
    primary.child.kill('SIGKILL')
    await simulators?.stop()
    throw error
  }
}

type Listening = PrimaryMessage & { readonly type: 'listening' }

function startPrimary(
  { child, output }: PinnedProcess,
  options: ServerOptions,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Listening> {
  const listening = childMessage(child, {
    name: NAME,
    timeoutMs: START_TIMEOUT_MS,
    output,
    signal,
    match: (raw) => {
      const message = raw as PrimaryMessage // our own process entry sends nothing else
      if (message.type === 'failed') throw startProblem(message.message, message.hint, output())
      return message.type === 'listening' ? message : undefined
    },
  })
  tell(child, { type: 'start', options, seed })
  return listening
}

function targetOf(
  primary: PinnedProcess,
  simulators: Simulators | undefined,
  options: ServerOptions,
  { url, workerPids }: Listening,
): BundledTarget {
  const { child } = primary
  const { promise: exited, resolve: reportExit } = Promise.withResolvers<{ readonly reason: string }>()
  let pids = workerPids
  let nextStatsId = 0
  let stopped: Promise<void> | undefined
  child.on('message', (message: PrimaryMessage) => {
    if (message.type === 'workers') pids = message.workerPids
  })
  child.once('exit', (code, killedBy) => {
    if (stopped === undefined) reportExit({ reason: exitReason(code, killedBy, primary.output()) })
  })
  const stop = async (): Promise<void> => {
    await stopProcess(child, { graceMs: options.gracefulTimeoutMs + STOP_MARGIN_MS })
    await simulators?.stop()
  }
  return {
    url,
    workers: options.workers,
    pids: () => [...(child.pid === undefined ? [] : [child.pid]), ...pids],
    stats: () => requestStats(child, nextStatsId++),
    setFault: async (upstream, fault) => {
      if (simulators === undefined)
        throw new TargetError('faults need simulated upstreams, and UPSTREAMS names real ones')
      await simulators.setFault(upstream, fault)
    },
    stop: () => (stopped ??= stop()),
    exited,
  }
}

function requestStats(child: ChildProcess, id: number): Promise<TargetStats> {
  const stats = childMessage(child, {
    name: NAME,
    timeoutMs: STATS_TIMEOUT_MS,
    match: (raw) => {
      const message = raw as PrimaryMessage // as in startPrimary
      return message.type === 'stats' && message.id === id ? message.stats : undefined
    },
  })
  tell(child, { type: 'stats', id })
  return stats
}

/** A child that is gone is noticed by its exit, not here. */
function tell(child: ChildProcess, message: ControllerMessage): void {
  if (child.connected) child.send(message, () => undefined)
}

function startProblem(message: string, hint: string | undefined, output: string): TargetError {
  const printed = output.trim()
  const text = `${NAME} did not start: ${message}${printed === '' ? '' : `\n${printed}`}`
  return new TargetError(text, hint === undefined ? {} : { hint })
}

function exitReason(code: number | null, killedBy: string | null, output: string): string {
  const printed = output.trim()
  return `${killedBy ?? `exit code ${code}`}${printed === '' ? '' : `\n${printed}`}`
}

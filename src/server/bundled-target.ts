import type { Milliseconds } from '../core/clock.ts'
import { TargetError } from '../core/errors.ts'
import { changedSettings, withLiveChanges } from '../core/settings.ts'
import type { ResolvedSettings } from '../core/settings.ts'
import { steadyHeapFlags } from '../host/process-entry.ts'
import { checkCache } from './cache-stores/check-cache.ts'
import { checkDatabase } from './database/check-database.ts'
import type { TargetStats, UpstreamFault } from './messages.ts'
import { serverOptions } from './options.ts'
import type { ServerOptions } from './options.ts'
import { PrimaryLink } from './primary-link.ts'
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
  /** Gets what is wrong with the server but does not end it, in words. */
  readonly onWarning?: ((text: string) => void) | undefined
  /** Gets the log, and whatever else the server prints on stderr; without it that is kept for messages only. */
  readonly log?: NodeJS.WritableStream | undefined
  /** Opens METRICS_PORT. Without it any number of servers can run at the same time. */
  readonly opensMetricsPort?: boolean
  /** Gets the primary, which everything but the simulators will descend from, before it has workers. */
  readonly onParent?: ((pid: number) => void) | undefined
  /** Stops the server. */
  readonly signal?: AbortSignal
}

/** The running server. */
export interface BundledTarget {
  /** Scheme, host and port. */
  readonly url: string
  /** Processes that serve, as many as there should be; changes with `apply`. One is the primary itself under WEB_CONCURRENCY=0. */
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
   * Changes settings without closing the port: all workers are replaced, each when its successor serves. Settings that need a
   * new start keep their values. What is asked for meanwhile waits for its turn.
   *
   * @returns the names of the settings that are in effect now, and of those that differ and need a new start
   * @throws {TargetError} when the server is gone, cannot serve with these settings, or would have to change between
   *   workers and a single process; or when UPSTREAMS is emptied and no simulators were started. The settings before stay
   */
  readonly apply: (settings: ResolvedSettings) => Promise<ReturnType<typeof changedSettings>>
  /** The same, and replaces all workers even when no setting has changed. */
  readonly reload: BundledTarget['apply']
  /** Drains and ends all processes; again does nothing. */
  readonly stop: () => Promise<void>
  /** Resolves when the server ends by itself; never after `stop`. */
  readonly exited: Promise<{ readonly reason: string }>
}

/** The primary needs this much longer than its workers. */
const STOP_MARGIN_MS: Milliseconds = 2_000

/**
 * Starts the simulated upstreams (unless UPSTREAMS names real ones), the primary and its workers.
 *
 * @throws {TargetError} when the server does not start; nothing is left running then
 */
export async function startBundledTarget(input: BundledTargetOptions): Promise<BundledTarget> {
  const { signal, seed } = input
  const wanted = optionsOf(input.settings, input)
  signal?.throwIfAborted()
  // Without workers the primary serves by itself, and its heap must be as theirs.
  const flags = wanted.workers === 0 ? steadyHeapFlags(process.env['NODE_OPTIONS']) : []
  const primary = new PrimaryLink(input.targetCpus, flags, input.onWarning ?? (() => undefined), input.log)
  let simulators: Simulators | undefined
  try {
    for (const pid of primary.pids) input.onParent?.(pid)
    if (wanted.upstream.addresses.length === 0) {
      simulators = await startSimulators({ cpus: input.simulatorCpus, seed })
    }
    const options = withUpstreams(wanted, simulators)
    const url = await primary.start(options, seed, signal)
    const target = targetOf({ primary, simulators, url, input, options })
    signal?.addEventListener('abort', () => void target.stop(), { once: true })
    return target
  } catch (error) {
    primary.kill()
    await simulators?.stop()
    throw error
  }
}

interface StartedTarget {
  readonly primary: PrimaryLink
  readonly simulators: Simulators | undefined
  readonly url: string
  readonly input: BundledTargetOptions
  readonly options: ServerOptions
}

function targetOf({ primary, simulators, url, input, options: startOptions }: StartedTarget): BundledTarget {
  let options = startOptions
  let settings = input.settings
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await primary.stop(options.gracefulTimeoutMs + STOP_MARGIN_MS)
    await simulators?.stop()
  }
  const takeOver: BundledTarget['reload'] = async (next) => {
    const changed = changedSettings(settings, next)
    const nextSettings = next === input.settings ? next : withLiveChanges(settings, next)
    const nextOptions = withUpstreams(optionsOf(nextSettings, input), simulators)
    if ((nextOptions.workers === 0) !== (options.workers === 0)) {
      throw new TargetError('a running server cannot change between workers and a single process (WEB_CONCURRENCY=0)', {
        hint: 'stop it and start it again',
      })
    }
    await primary.apply(nextOptions)
    options = nextOptions
    settings = nextSettings
    return changed
  }
  let before: Promise<unknown> = Promise.resolve()
  /** Each has all its time, and what it returns to when it fails is in force. */
  const inTurn = <Result>(change: () => Promise<Result>): Promise<Result> => {
    const changed = before.then(change)
    before = changed.catch(() => undefined)
    return changed
  }
  return {
    url,
    get workers() {
      return Math.max(1, options.workers)
    },
    pids: () => primary.pids,
    stats: () => primary.stats(),
    setFault: async (upstream, fault) => {
      if (simulators === undefined) {
        throw new TargetError('faults need simulated upstreams, and UPSTREAMS names real ones')
      }
      await simulators.setFault(upstream, fault)
    },
    apply: (next) =>
      inTurn(async () => {
        const changed = changedSettings(settings, next)
        return changed.live.length === 0 ? changed : takeOver(next)
      }),
    reload: (next) => inTurn(() => takeOver(next)),
    stop: () => (stopped ??= stop()),
    exited: primary.exited.then((exit) => (stopped === undefined ? exit : new Promise(() => undefined))),
  }
}

/** Only the settings of the start are overruled by `workers`: whoever applies others means them. */
function optionsOf(settings: ResolvedSettings, input: BundledTargetOptions): ServerOptions {
  const options = serverOptions(settings, input.effectiveCpus)
  if (options.database !== null) checkDatabase(options.database)
  if (options.cache?.shared) checkCache(options.cache.shared)
  const isStart = settings === input.settings
  return {
    ...options,
    ...(isStart && input.workers !== undefined && { workers: input.workers }),
    port: input.port ?? options.port,
    ...(options.metrics !== null && input.opensMetricsPort !== true && { metrics: { ...options.metrics, port: null } }),
  }
}

function withUpstreams(options: ServerOptions, simulators: Simulators | undefined): ServerOptions {
  const { upstream } = options
  if (upstream.addresses.length > 0) return options
  if (simulators === undefined) {
    throw new TargetError('without UPSTREAMS there would be no upstream', {
      hint: 'simulated ones exist only from the start on',
    })
  }
  return { ...options, upstream: { ...upstream, addresses: simulators.addresses } }
}

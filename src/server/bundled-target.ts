import type { Milliseconds } from '../core/clock.ts'
import { TargetError } from '../core/errors.ts'
import { changedSettings } from '../core/settings.ts'
import type { ResolvedSettings } from '../core/settings.ts'
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
  /** Gets the primary, which everything but the simulators will descend from, before it has workers. */
  readonly onParent?: ((pid: number) => void) | undefined
  /** Stops the server. */
  readonly signal?: AbortSignal
}

/** The running server. */
export interface BundledTarget {
  /** Scheme, host and port. */
  readonly url: string
  /** As many as it should have; changes with `apply`. */
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
  const primary = new PrimaryLink(input.targetCpus)
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
  return {
    url,
    get workers() {
      return options.workers
    },
    pids: () => primary.pids,
    stats: () => primary.stats(),
    setFault: async (upstream, fault) => {
      if (simulators === undefined) {
        throw new TargetError('faults need simulated upstreams, and UPSTREAMS names real ones')
      }
      await simulators.setFault(upstream, fault)
    },
    apply: async (next) => {
      const changed = changedSettings(settings, next)
      if (changed.live.length === 0) return changed
      const nextOptions = withUpstreams(optionsOf(next, input), simulators)
      await primary.apply(nextOptions)
      options = nextOptions
      settings = next
      return changed
    },
    stop: () => (stopped ??= stop()),
    exited: primary.exited.then((exit) => (stopped === undefined ? exit : new Promise(() => undefined))),
  }
}

/** Only the settings of the start are overruled by `workers`: whoever applies others means them. */
function optionsOf(settings: ResolvedSettings, input: BundledTargetOptions): ServerOptions {
  const options = serverOptions(settings, input.effectiveCpus)
  const isStart = settings === input.settings
  return {
    ...options,
    ...(isStart && input.workers !== undefined && { workers: input.workers }),
    port: input.port ?? options.port,
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

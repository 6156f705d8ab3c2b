import { TargetError } from '../core/errors.ts'
import type { Placement } from '../core/host-facts.ts'
import type { ResolvedSettings } from '../core/settings.ts'
import { startBundledTarget } from '../server/bundled-target.ts'
import type { TargetStats, UpstreamFault } from '../server/messages.ts'
import { type CommandTargetOptions, startCommandTarget } from './command-target.ts'
import { assertReachable } from './reachable.ts'

/** Which server is measured. */
export type TargetOptions =
  | { readonly kind: 'bundled'; readonly settings: ResolvedSettings }
  | { readonly kind: 'url'; readonly url: URL; readonly insecure: boolean }
  | CommandTargetOptions

/** The target in words, for progress: the address, the command without its secrets. */
export function describeTarget(options: TargetOptions): string {
  switch (options.kind) {
    case 'bundled':
      return 'the bundled server'
    case 'url':
      return options.url.href
    case 'command':
      return options.line
  }
}

/** A target that answers, and what can be seen of it. */
export interface Target {
  /** Scheme, host and port. */
  readonly origin: string
  /** Null when it cannot be seen. */
  readonly workers: number | null
  /** The primary first; empty when the processes cannot be seen. */
  readonly pids: () => readonly number[]
  readonly stats: () => Promise<TargetStats | null>
  /** What a command printed, once it has ended, as the end of a sentence; absent where that is not kept. */
  readonly printed?: (() => Promise<string>) | undefined
  /** Switches a fault of a simulated upstream on or, with `{}`, off; absent when the upstreams are not simulated. */
  readonly setFault?: ((upstream: string, fault: UpstreamFault) => Promise<void>) | undefined
  readonly stop: () => Promise<void>
  /** Rejects with a TargetError when the target ends by itself; never resolves. */
  readonly died: Promise<never>
}

/** What a target is started in. */
export interface TargetSurroundings {
  readonly placement: Placement
  readonly seed: number
  /** Ends the start of a command, and shortens the time that it gets to end. */
  readonly signal?: AbortSignal | undefined
  /** Gets the process that all others of the target will descend from, before they exist. */
  readonly onParent?: ((pid: number) => void) | undefined
}

/**
 * Starts the target, or makes sure that one answers at the given address.
 *
 * @throws {TargetError} when it does not start or answer
 */
export async function openTarget(options: TargetOptions, surroundings: TargetSurroundings): Promise<Target> {
  if (options.kind === 'url') return openUrlTarget(options.url, options.insecure)
  if (options.kind === 'command') return startCommandTarget(options, surroundings)
  const { placement, seed, onParent } = surroundings
  const server = await startBundledTarget({
    settings: options.settings,
    targetCpus: placement.targetCpus,
    simulatorCpus: placement.generatorCpus,
    effectiveCpus: placement.targetEffectiveCpus,
    port: 0,
    seed,
    onParent,
  })
  const died = server.exited.then(({ reason }): never => {
    throw new TargetError(`the bundled server ended in mid-run: ${reason}`, {
      hint: 'run: tune serve, and look at its messages',
    })
  })
  died.catch(() => undefined) // whoever races against it sees the error; nobody does after stop()
  return {
    origin: server.url,
    workers: server.workers,
    pids: () => server.pids(),
    stats: () => server.stats(),
    setFault: (upstream, fault) => server.setFault(upstream, fault),
    stop: () => server.stop(),
    died,
  }
}

async function openUrlTarget(url: URL, insecure: boolean): Promise<Target> {
  await assertReachable(url, insecure)
  return {
    origin: url.origin,
    workers: null,
    pids: () => [],
    stats: () => Promise.resolve(null),
    stop: () => Promise.resolve(),
    died: new Promise(() => undefined),
  }
}

import { TargetError } from '../core/errors.ts'
import type { Placement } from '../core/host-facts.ts'
import type { ResolvedSettings } from '../core/settings.ts'
import { startBundledTarget } from '../server/bundled-target.ts'
import type { TargetStats } from '../server/messages.ts'
import { assertReachable } from './reachable.ts'

/** Which server is measured. */
export type TargetOptions =
  | { readonly kind: 'bundled'; readonly settings: ResolvedSettings; readonly workers: number | undefined }
  | { readonly kind: 'url'; readonly url: URL; readonly insecure: boolean }

/** A target that answers, and what can be seen of it. */
export interface Target {
  /** Scheme, host and port. */
  readonly origin: string
  /** Null when it cannot be seen. */
  readonly workers: number | null
  /** The primary first; empty when the processes cannot be seen. */
  readonly pids: () => readonly number[]
  readonly stats: () => Promise<TargetStats | null>
  readonly stop: () => Promise<void>
  /** Rejects with a TargetError when the target ends by itself; never resolves. */
  readonly died: Promise<never>
}

/**
 * Starts the target, or makes sure that one answers at the given address.
 *
 * @throws {TargetError} when it does not start or answer
 */
export async function openTarget(
  options: TargetOptions,
  surroundings: { readonly placement: Placement; readonly seed: number },
): Promise<Target> {
  if (options.kind === 'url') return openUrlTarget(options.url, options.insecure)
  const { placement, seed } = surroundings
  const server = await startBundledTarget({
    settings: options.settings,
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    targetCpus: placement.targetCpus,
    simulatorCpus: placement.generatorCpus,
    effectiveCpus: placement.targetEffectiveCpus,
    port: 0,
    seed,
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

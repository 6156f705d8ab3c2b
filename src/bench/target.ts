import { request } from 'undici'

import type { Milliseconds } from '../core/clock.ts'
import { messageOf, TargetError } from '../core/errors.ts'
import type { Placement } from '../core/host-facts.ts'
import type { ResolvedSettings } from '../core/settings.ts'
import { startBundledTarget } from '../server/bundled-target.ts'
import type { TargetStats } from '../server/messages.ts'

/** Which server is measured. */
export type TargetOptions =
  | { readonly kind: 'bundled'; readonly settings: ResolvedSettings; readonly workers: number | undefined }
  | { readonly kind: 'url'; readonly url: URL; readonly insecure: boolean }

/** A target that answers, and what can be seen of it. */
export interface Target {
  readonly kind: TargetOptions['kind']
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

/** A dead address must be told within 2 s; this leaves time to start tune itself. */
const PROBE_TIMEOUT_MS: Milliseconds = 1_200

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
    throw new TargetError(`the bundled server ended in mid-run: ${reason}`, { hint: 'run: tune serve, and look at its messages' })
  })
  died.catch(() => undefined) // whoever races against it sees the error; nobody does after stop()
  return {
    kind: 'bundled',
    origin: server.url,
    workers: server.workers,
    pids: () => server.pids(),
    stats: () => server.stats(),
    stop: () => server.stop(),
    died,
  }
}

async function openUrlTarget(url: URL, insecure: boolean): Promise<Target> {
  await probe(url, insecure)
  return {
    kind: 'url',
    origin: url.origin,
    workers: null,
    pids: () => [],
    stats: () => Promise.resolve(null),
    stop: () => Promise.resolve(),
    died: new Promise(() => undefined),
  }
}

/** Any answer, of whatever status, or an accepted connection that is closed again, shows that somebody listens. */
async function probe(url: URL, insecure: boolean): Promise<void> {
  const { Agent } = await import('undici')
  const agent = new Agent({ connect: { timeout: PROBE_TIMEOUT_MS, rejectUnauthorized: !insecure }, connections: 1 })
  try {
    const { body } = await request(url, {
      method: 'HEAD',
      dispatcher: agent,
      headersTimeout: PROBE_TIMEOUT_MS,
      bodyTimeout: PROBE_TIMEOUT_MS,
    })
    await body.dump()
  } catch (error) {
    const code = (error as { code?: unknown }).code // undici and node put a code on connection errors
    const isUnreachable = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']
    const isCertificate = typeof code === 'string' && /CERT|SELF_SIGNED|TLS/.test(code)
    if (isCertificate) {
      throw new TargetError(`the certificate of ${url.host} is not trusted (${code})`, { cause: error, hint: 'for a test certificate add --insecure' })
    }
    if (typeof code === 'string' && isUnreachable.includes(code)) {
      throw new TargetError(`nothing answers at ${url.origin} (${code}: ${messageOf(error)})`, {
        cause: error,
        hint: 'start the server first, and check host and port of --url',
      })
    }
  } finally {
    await agent.destroy()
  }
}

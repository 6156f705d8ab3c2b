import type { Clock } from '../../core/clock.ts'
import type { DeadlineSweep } from '../../resilience/deadline.ts'
import { RequestQueue } from '../../resilience/request-queue.ts'
import type { UpstreamAddress, UpstreamOptions } from '../options/upstream.ts'
import { Connections } from './connections.ts'

/** What calls of one host and port share: its connections, and the places for those who want one. */
export interface UpstreamHost {
  readonly connections: Connections
  /** undici would let calls wait without limit, so they wait here. */
  readonly places: RequestQueue
}

/** The host of each address, by its origin; a host that several upstreams share has connections for all of them together. */
export function upstreamHosts(
  options: UpstreamOptions,
  clock: Clock,
  sweep: DeadlineSweep,
): ReadonlyMap<string, UpstreamHost> {
  const origins = options.addresses.map(originOf)
  const hosts = new Map<string, UpstreamHost>()
  for (const origin of new Set(origins)) {
    const isShared = origins.indexOf(origin) < origins.lastIndexOf(origin)
    const { maxConnections, maxSharedConnections, maxPending: capacity, connectTimeoutMs: waitTimeoutMs } = options
    const concurrency = isShared ? Math.min(maxConnections, maxSharedConnections) : maxConnections
    hosts.set(origin, {
      connections: new Connections(origin, options, clock),
      places: new RequestQueue({ concurrency, capacity, waitTimeoutMs }, sweep),
    })
  }
  return hosts
}

/** Scheme, host and port of an upstream. */
export function originOf({ url }: UpstreamAddress): string {
  return new URL(url).origin
}

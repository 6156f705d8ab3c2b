import type { Milliseconds } from '../../core/clock.ts'
import { SettingsError } from '../../core/errors.ts'
import type { SettingReader } from '../setting-reader.ts'
import { breakerOptions } from './breaker.ts'
import type { BreakerOptions } from './breaker.ts'

/** One upstream, by the name that statistics and faults use. */
export interface UpstreamAddress {
  readonly name: string
  /** Scheme, host and port. */
  readonly url: string
}

/** How one worker calls its upstreams. */
export interface UpstreamOptions {
  /** In order of preference; never empty when the server runs. */
  readonly addresses: readonly UpstreamAddress[]
  readonly timeoutMs: Milliseconds
  readonly connectTimeoutMs: Milliseconds
  readonly maxConnections: number
  readonly maxPending: number
  readonly maxAttempts: number
  readonly retryBaseMs: Milliseconds
  readonly retryCapMs: Milliseconds
  /** Null: no circuit breakers. */
  readonly breaker: BreakerOptions | null
}

/** @throws {SettingsError} when an address is none, or two upstreams share a name */
export function upstreamOptions(read: SettingReader): UpstreamOptions {
  return {
    addresses: addressesOf(read.list('UPSTREAMS')),
    timeoutMs: read.ms('UPSTREAM_TIMEOUT'),
    connectTimeoutMs: read.ms('UPSTREAM_CONNECT_TIMEOUT'),
    maxConnections: read.number('UPSTREAM_POOL_MAX'),
    maxPending: read.number('UPSTREAM_MAX_PENDING'),
    maxAttempts: read.number('RETRY_MAX_ATTEMPTS'),
    retryBaseMs: read.number('RETRY_BASE'),
    retryCapMs: read.ms('RETRY_MAX_DELAY'),
    breaker: breakerOptions(read),
  }
}

function addressesOf(upstreams: readonly string[]): readonly UpstreamAddress[] {
  const addresses = upstreams.map((upstream) => {
    const split = upstream.indexOf('=')
    return { name: upstream.slice(0, split), url: upstream.slice(split + 1) }
  })
  const names = addresses.map(({ name }) => name)
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  const invalid = addresses.find(({ url }) => !URL.canParse(url))
  if (repeated === undefined && invalid === undefined) return addresses
  throw new SettingsError(
    repeated === undefined
      ? `UPSTREAMS: the address of "${invalid?.name}" is not a URL`
      : `UPSTREAMS names "${repeated}" twice`,
    { hint: 'write UPSTREAMS as name=http://host:port,other=http://host:port' },
  )
}

import type { Milliseconds } from '../../core/clock.ts'
import { SettingsError } from '../../core/errors.ts'
import { SIMULATED_UPSTREAMS } from '../../core/simulated-upstreams.ts'
import type { SettingReader } from '../setting-reader.ts'
import { breakerOptions } from './breaker.ts'
import type { BreakerOptions } from './breaker.ts'

/** One upstream, by the name that statistics and faults use. */
export interface UpstreamAddress {
  readonly name: string
  /** Scheme, host and port; a path comes before that of each call. */
  readonly url: string
}

/** How one worker calls its upstreams. */
export interface UpstreamOptions {
  /** Never empty when the server runs. */
  readonly addresses: readonly UpstreamAddress[]
  /** Names of those to call first, the best first. */
  readonly preference: readonly string[]
  readonly timeoutMs: Milliseconds
  /** For a free connection, and again for opening one. */
  readonly connectTimeoutMs: Milliseconds
  readonly headersTimeoutMs: Milliseconds
  /** The longest pause between two pieces of an answer. */
  readonly bodyTimeoutMs: Milliseconds
  readonly maxConnections: number
  readonly maxIdleConnections: number
  /** Connections to an address that several upstreams share, all of them together. */
  readonly maxSharedConnections: number
  readonly maxPending: number
  readonly dnsTtlMs: Milliseconds
  readonly maxAttempts: number
  readonly retryBaseMs: Milliseconds
  readonly retryCapMs: Milliseconds
  /** Retries per request, 0 to 1, and those that no request need have earned. */
  readonly retryFraction: number
  readonly minRetries: number
  /** Null: upstreams are not checked. */
  readonly health: HealthCheckOptions | null
  /** Answers without an upstream are better than none. */
  readonly isDegradedAllowed: boolean
  /** Null: no circuit breakers. */
  readonly breaker: BreakerOptions | null
}

/** How upstreams are checked between calls. */
export interface HealthCheckOptions {
  readonly intervalMs: Milliseconds
  readonly timeoutMs: Milliseconds
  /** Checks in a row that change what is thought of an upstream. */
  readonly threshold: number
}

/** @throws {SettingsError} when an address is none, two upstreams share a name, or one is preferred that there is not */
export function upstreamOptions(read: SettingReader): UpstreamOptions {
  const addresses = addressesOf(read.list('UPSTREAMS'))
  return {
    addresses,
    preference: preferenceOf(read.list('PROVIDER_PREFERENCE'), addresses),
    timeoutMs: read.ms('UPSTREAM_TIMEOUT'),
    connectTimeoutMs: read.ms('UPSTREAM_CONNECT_TIMEOUT'),
    headersTimeoutMs: read.ms('UPSTREAM_HEADERS_TIMEOUT'),
    bodyTimeoutMs: read.ms('UPSTREAM_BODY_TIMEOUT'),
    maxConnections: read.number('UPSTREAM_POOL_MAX'),
    maxIdleConnections: read.number('UPSTREAM_POOL_KEEPALIVE'),
    maxSharedConnections: read.number('UPSTREAM_PER_HOST'),
    maxPending: read.number('UPSTREAM_MAX_PENDING'),
    dnsTtlMs: read.ms('DNS_TTL'),
    maxAttempts: read.number('RETRY_MAX_ATTEMPTS'),
    retryBaseMs: read.number('RETRY_BASE'),
    retryCapMs: read.ms('RETRY_MAX_DELAY'),
    retryFraction: read.number('RETRY_BUDGET') / 100,
    minRetries: read.number('RETRY_BUDGET_MIN'),
    health: healthOf(read),
    isDegradedAllowed: read.isOn('DEGRADED_ANSWERS'),
    breaker: breakerOptions(read),
  }
}

function healthOf(read: SettingReader): HealthCheckOptions | null {
  const intervalMs = read.ms('HEALTH_INTERVAL')
  if (intervalMs === 0) return null
  return { intervalMs, timeoutMs: read.ms('HEALTH_TIMEOUT'), threshold: read.number('HEALTH_THRESHOLD') }
}

function addressesOf(upstreams: readonly string[]): readonly UpstreamAddress[] {
  const addresses = upstreams.map((upstream) => {
    const split = upstream.indexOf('=')
    return { name: upstream.slice(0, split), url: upstream.slice(split + 1) }
  })
  const repeated = repeatedName(addresses.map(({ name }) => name))
  const [invalid] = addresses.flatMap(({ name, url }) => {
    const problem = problemOf(url)
    return problem === undefined ? [] : [{ name, problem }]
  })
  if (repeated === undefined && invalid === undefined) return addresses
  throw new SettingsError(
    repeated === undefined
      ? `UPSTREAMS: the address of "${invalid?.name}" ${invalid?.problem}`
      : `UPSTREAMS names "${repeated}" twice`,
    { hint: 'write UPSTREAMS as name=http://host:port,other=http://host:port' },
  )
}

/** What is wrong with an address; without the address, which may hold a password. */
function problemOf(address: string): string | undefined {
  if (!URL.canParse(address)) return 'is not a URL'
  const { username, password, search, hash } = new URL(address)
  if (search !== '' || hash !== '') return 'must not have a query or a fragment'
  if (password !== '' && username === '') return 'has a password without a user'
  try {
    decodeURIComponent(username + password)
    return undefined
  } catch {
    return 'has a % in its user or password that is not written as %25'
  }
}

function preferenceOf(preference: readonly string[], addresses: readonly UpstreamAddress[]): readonly string[] {
  const names: readonly string[] = addresses.length === 0 ? SIMULATED_UPSTREAMS : addresses.map(({ name }) => name)
  const repeated = repeatedName(preference)
  const unknown = preference.find((name) => !names.includes(name))
  if (repeated === undefined && unknown === undefined) return preference
  throw new SettingsError(
    repeated === undefined
      ? `PROVIDER_PREFERENCE: there is no upstream "${unknown}"`
      : `PROVIDER_PREFERENCE names "${repeated}" twice`,
    { hint: `there are: ${names.join(', ')}` },
  )
}

function repeatedName(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index)
}

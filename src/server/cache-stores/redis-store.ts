import type { Milliseconds } from '../../core/clock.ts'
import type { CacheStore, Claim } from './cache-store.ts'
import { ENDED_MS } from './cache-store.ts'
import { RedisConnections } from './redis-connections.ts'
import type { RedisConnectionOptions, RedisReply } from './redis-connections.ts'

/** First character of a lease: somebody has it, or what has become of it. */
const HELD = 'h'
const ENDED = 'e'

/** Keys: value, lease. One round trip, whatever comes of it. */
const CLAIM = `
local value = redis.call('GET', KEYS[1])
if value then return {'found', value, redis.call('PTTL', KEYS[1])} end
local lease = redis.call('GET', KEYS[2])
if not lease then
  redis.call('SET', KEYS[2], '${HELD}' .. ARGV[1], 'PX', ARGV[2])
  return {'granted'}
end
if string.sub(lease, 1, 1) == '${ENDED}' then return {'ended', string.sub(lease, 2)} end
return {'held'}`

const RENEW = `
if redis.call('GET', KEYS[1]) == '${HELD}' .. ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0`

const PUBLISH = `
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if redis.call('GET', KEYS[2]) == '${HELD}' .. ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1`

const RELEASE = `
if redis.call('GET', KEYS[1]) ~= '${HELD}' .. ARGV[1] then return 0 end
return redis.call('SET', KEYS[1], '${ENDED}' .. ARGV[2], 'PX', ARGV[3])`

/** A store in the database that the URL names: persistent, and shared by all machines of a service. */
export class RedisStore implements CacheStore {
  readonly #connections: RedisConnections

  constructor(options: RedisConnectionOptions) {
    this.#connections = new RedisConnections(options)
  }

  readonly claim = async (key: string, owner: string, leaseMs: Milliseconds): Promise<Claim> => {
    const reply = await this.#run(CLAIM, [valueKey(key), leaseKey(key)], [owner, wholeMs(leaseMs)])
    if (!Array.isArray(reply)) throw unexpected(reply)
    const [kind, payload, remainingMs] = reply as readonly RedisReply[] // checked on the line before
    switch (String(kind)) {
      case 'found':
        if (!Buffer.isBuffer(payload)) break
        return { kind: 'found', bytes: payload, remainingMs: Number(remainingMs) }
      case 'ended':
        return { kind: 'ended', outcome: Buffer.isBuffer(payload) && payload.length > 0 ? payload : undefined }
      case 'granted':
        return { kind: 'granted' }
      case 'held':
        return { kind: 'held' }
    }
    throw unexpected(reply)
  }

  readonly renew = async (key: string, owner: string, leaseMs: Milliseconds): Promise<void> => {
    await this.#run(RENEW, [leaseKey(key)], [owner, wholeMs(leaseMs)])
  }

  readonly publish = async (key: string, owner: string, bytes: Buffer, ttlMs: Milliseconds): Promise<void> => {
    await this.#run(PUBLISH, [valueKey(key), leaseKey(key)], [owner, bytes, wholeMs(ttlMs)])
  }

  readonly release = async (key: string, owner: string, outcome: Buffer = Buffer.alloc(0)): Promise<void> => {
    await this.#run(RELEASE, [leaseKey(key)], [owner, outcome, wholeMs(ENDED_MS)])
  }

  readonly remove = async (key: string): Promise<void> => {
    await this.#connections.send(['DEL', valueKey(key)])
  }

  readonly check = (): Promise<void> => this.#connections.check()

  readonly drop = (): void => this.#connections.drop()

  readonly isRefusal = (error: unknown): boolean => this.#connections.isRefusal(error)

  readonly connections = (): number => this.#connections.size

  readonly close = (): Promise<void> => this.#connections.close()

  #run(script: string, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<RedisReply> {
    return this.#connections.send(['EVAL', script, String(keys.length), ...keys, ...args])
  }
}

/** The braces keep the keys of one answer together where Redis is spread over several machines. */
function valueKey(key: string): string {
  return `tune:cache:{${key}}:value`
}

function leaseKey(key: string): string {
  return `tune:cache:{${key}}:lease`
}

/** Redis refuses 0. */
function wholeMs(durationMs: Milliseconds): string {
  return String(Math.max(1, Math.floor(durationMs)))
}

function unexpected(reply: RedisReply): Error {
  return new Error(`Redis answered something else than it was asked for: ${String(reply).slice(0, 100)}`)
}

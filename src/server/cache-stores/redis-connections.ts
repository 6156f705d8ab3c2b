import type { Milliseconds } from '../../core/clock.ts'
import { importRedis } from './redis-package.ts'
import type { RedisPackage } from './redis-package.ts'

/** Where to connect to, and how often. */
export interface RedisConnectionOptions {
  readonly url: string
  readonly maxConnections: number
}

/** One reply: texts are buffers. */
export type RedisReply = Buffer | number | null | readonly RedisReply[]

type RedisClient = ReturnType<RedisPackage['createClient']>

interface Connection {
  readonly client: RedisClient
  running: number
}

/** So the connections are found in CLIENT LIST. */
const CLIENT_NAME = 'tune'
const CONNECT_TIMEOUT_MS: Milliseconds = 1_000

/**
 * Connections to one Redis, opened as they are needed and not one more than allowed. Commands never wait for a connection:
 * they go out at once on the one with the fewest replies due, or fail.
 */
export class RedisConnections {
  readonly #options: RedisConnectionOptions
  #package: RedisPackage | undefined
  #connections: readonly Connection[] = []
  readonly #opening = new Set<RedisClient>()
  /** Goes up with each drop: what was begun before that is no longer wanted. */
  #epoch = 0
  #isChecking = false

  constructor(options: RedisConnectionOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#connections.length
  }

  /**
   * Opens the first connection, if there is none, and sees whether it works. If it does not, all are dropped.
   *
   * @throws {TargetError} when the package redis is not installed, and whatever Redis says
   */
  async check(): Promise<void> {
    // One that hangs since an earlier look will not be the one that works.
    if (this.size === 0 || this.#isChecking) this.drop()
    const epoch = this.#epoch
    this.#isChecking = true
    try {
      if (this.size === 0) await this.#open()
      await this.send(['PING'])
    } catch (error) {
      if (epoch === this.#epoch) this.drop()
      throw error
    } finally {
      if (epoch === this.#epoch) this.#isChecking = false
    }
  }

  /** Rejects at once when there is no connection. */
  async send(command: readonly (string | Buffer)[]): Promise<RedisReply> {
    const connection = this.#leastBusy()
    if (connection === undefined) throw new Error('no connection to Redis')
    if (connection.running > 0 && this.size + this.#opening.size < this.#options.maxConnections) {
      // Others will be glad of it; when it cannot be opened, those that are there show it.
      this.#open().catch(() => undefined)
    }
    connection.running++
    try {
      // Redis sends nothing else in reply to the commands of a cache.
      return (await connection.client.sendCommand([...command])) as unknown as RedisReply
    } finally {
      connection.running--
    }
  }

  /** The server is there and has said no. */
  isRefusal(error: unknown): boolean {
    return this.#package !== undefined && error instanceof this.#package.ErrorReply
  }

  /** Closes all connections at once; commands under way fail. */
  drop(): void {
    this.#epoch++
    this.#isChecking = false
    const dropped = this.#connections
    this.#connections = []
    for (const client of [...this.#opening, ...dropped.map((connection) => connection.client)]) client.destroy()
    this.#opening.clear()
  }

  /** Lets commands under way end. */
  async close(): Promise<void> {
    const closed = this.#connections
    this.#connections = []
    this.drop()
    await Promise.all(closed.map(({ client }) => client.close()))
  }

  #leastBusy(): Connection | undefined {
    let least: Connection | undefined
    for (const connection of this.#connections) {
      if (least === undefined || connection.running < least.running) least = connection
    }
    return least
  }

  async #open(): Promise<void> {
    const epoch = this.#epoch
    this.#package ??= await importRedis()
    this.#throwIfDropped(epoch)
    const client = this.#create(this.#package)
    this.#opening.add(client)
    try {
      const connection: Connection = { client, running: 0 }
      client.on('error', () => {
        this.#connections = this.#connections.filter((other) => other !== connection)
      })
      await client.connect()
      if (epoch !== this.#epoch) client.destroy()
      this.#throwIfDropped(epoch)
      this.#connections = [...this.#connections, connection]
    } finally {
      this.#opening.delete(client)
    }
  }

  #throwIfDropped(epoch: number): void {
    if (epoch !== this.#epoch) throw new Error('the connection to Redis was dropped while it was opened')
  }

  /** It does not reconnect, keep commands for later, or time them: whoever uses it decides about that. */
  #create({ createClient, RESP_TYPES }: RedisPackage): RedisClient {
    const client = createClient({
      url: this.#options.url,
      name: CLIENT_NAME,
      disableOfflineQueue: true,
      socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false },
      commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    })
    return client as unknown as RedisClient // its type would name the mapping
  }
}

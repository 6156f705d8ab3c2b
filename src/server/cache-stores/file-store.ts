import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

import type { Milliseconds } from '../../core/clock.ts'
import type { CacheStore, Claim } from './cache-store.ts'
import { ENDED_MS } from './cache-store.ts'
import { FileSweeper, FILE_KINDS } from './file-sweeper.ts'

/** Where files are kept, and how much of them. */
export interface FileStoreOptions {
  readonly directory: string
  /** Bytes of all of them; a little more for a moment. */
  readonly maxBytes: number
  /** Milliseconds since 1970, for files outlive this process and its clock. */
  readonly wallClock: () => Milliseconds
}

/** A SHA-256 digest in base64url, and so no path. */
const KEY = /^[\w-]{43}$/
/** Nobody else has any business here. */
const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600
/** What the system says when it is the disk, and not this one file, that is at its end. */
const REFUSALS = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/**
 * A store in a directory, for the processes of one machine: a file for each value and each lease, which is there until the
 * time of its last change. That lies in the future. A value comes into being under another name and is complete, and on the
 * disk, when it gets its own.
 *
 * Two processes that find a lease run out at the same moment may both get it; then a value is made twice.
 */
export class FileStore implements CacheStore {
  readonly #directory: string
  readonly #wallClock: () => Milliseconds
  readonly #sweeper: FileSweeper

  constructor({ directory, maxBytes, wallClock }: FileStoreOptions) {
    this.#directory = directory
    this.#wallClock = wallClock
    this.#sweeper = new FileSweeper(directory, maxBytes, wallClock)
  }

  readonly claim = async (key: string, owner: string, leaseMs: Milliseconds): Promise<Claim> => {
    const value = await this.#read(this.#path(key, 'value'))
    if (value !== undefined) return { kind: 'found', ...value }
    const lease = this.#path(key, 'lease')
    if (await this.#createLease(lease, `h${owner}`, leaseMs)) return this.#recheck(key, owner)
    const other = await this.#read(lease)
    if (other !== undefined) return claimOf(other.bytes)
    // It has run out: whoever moves it away may have the next one.
    await moveAway(lease, this.#path(key, 'part'))
    if (await this.#createLease(lease, `h${owner}`, leaseMs)) return this.#recheck(key, owner)
    return { kind: 'held' }
  }

  readonly renew = async (key: string, owner: string, leaseMs: Milliseconds): Promise<void> => {
    if (await this.#isOwner(key, owner)) await setEnd(this.#path(key, 'lease'), this.#wallClock() + leaseMs)
  }

  readonly publish = async (key: string, owner: string, bytes: Buffer, ttlMs: Milliseconds): Promise<void> => {
    try {
      await this.#create(key, bytes, this.#wallClock() + ttlMs, (part) => rename(part, this.#path(key, 'value')))
      this.#sweeper.onWritten(bytes.length)
    } finally {
      await this.#endLease(key, owner)
    }
  }

  readonly release = async (key: string, owner: string, outcome: Buffer = Buffer.alloc(0)): Promise<void> => {
    if (!(await this.#isOwner(key, owner))) return
    const bytes = Buffer.concat([Buffer.from('e'), outcome])
    await this.#create(key, bytes, this.#wallClock() + ENDED_MS, (part) => rename(part, this.#path(key, 'lease')))
  }

  readonly remove = (key: string): Promise<void> => rm(this.#path(key, 'value'), { force: true })

  /** Writes a file and removes it. */
  readonly check = async (): Promise<void> => {
    await mkdir(this.#directory, { recursive: true, mode: DIRECTORY_MODE })
    const part = join(this.#directory, `check-${randomUUID()}${FILE_KINDS.part}`)
    const file = await open(part, 'wx', FILE_MODE)
    await file.close()
    await rm(part)
    this.#sweeper.start()
  }

  /** The system cannot be told to forget what was asked of it. */
  readonly drop = (): void => undefined

  readonly isRefusal = (error: unknown): boolean => REFUSALS.has(codeOf(error))

  readonly connections = (): number => 0

  readonly close = (): Promise<void> => this.#sweeper.close()

  /** Somebody may have published between the look at the value and the lease. */
  async #recheck(key: string, owner: string): Promise<Claim> {
    const value = await this.#read(this.#path(key, 'value'))
    if (value === undefined) return { kind: 'granted' }
    await this.#endLease(key, owner)
    return { kind: 'found', ...value }
  }

  /** A link is made whole or not at all, and only where there is none. */
  async #createLease(lease: string, content: string, leaseMs: Milliseconds): Promise<boolean> {
    const part = `${lease}-${randomUUID()}${FILE_KINDS.part}`
    try {
      await writeUntil(part, Buffer.from(content), this.#wallClock() + leaseMs, false)
      await link(part, lease)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    } finally {
      await rm(part, { force: true })
    }
  }

  async #create(
    key: string,
    bytes: Buffer,
    endsAtMs: Milliseconds,
    settle: (part: string) => Promise<void>,
  ): Promise<void> {
    const part = this.#path(key, 'part')
    try {
      await writeUntil(part, bytes, endsAtMs, true)
      await settle(part)
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
  }

  async #endLease(key: string, owner: string): Promise<void> {
    if (await this.#isOwner(key, owner)) await rm(this.#path(key, 'lease'), { force: true })
  }

  async #isOwner(key: string, owner: string): Promise<boolean> {
    const lease = await this.#read(this.#path(key, 'lease'))
    return lease?.bytes.equals(Buffer.from(`h${owner}`)) === true
  }

  /** Undefined for what is not there or has run out. */
  async #read(path: string): Promise<{ readonly bytes: Buffer; readonly remainingMs: Milliseconds } | undefined> {
    try {
      const { mtimeMs } = await stat(path)
      const remainingMs = mtimeMs - this.#wallClock()
      return remainingMs <= 0 ? undefined : { bytes: await readFile(path), remainingMs }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  /** @throws {RangeError} when the key is no digest */
  #path(key: string, kind: keyof typeof FILE_KINDS): string {
    if (!KEY.test(key)) throw new RangeError('a key of the file store must be a digest')
    const name = kind === 'part' ? `${key}-${randomUUID()}` : key
    return join(this.#directory, name + FILE_KINDS[kind])
  }
}

function claimOf(lease: Buffer): Claim {
  if (lease[0] === 'h'.charCodeAt(0)) return { kind: 'held' }
  return { kind: 'ended', outcome: lease.length > 1 ? lease.subarray(1) : undefined }
}

async function moveAway(path: string, target: string): Promise<void> {
  try {
    await rename(path, target)
    await rm(target, { force: true })
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

async function writeUntil(path: string, bytes: Buffer, endsAtMs: Milliseconds, isLasting: boolean): Promise<void> {
  const file = await open(path, 'wx', FILE_MODE)
  try {
    await file.writeFile(bytes)
    if (isLasting) await file.datasync()
    await file.utimes(endsAtMs / 1_000, endsAtMs / 1_000)
  } finally {
    await file.close()
  }
}

function setEnd(path: string, endsAtMs: Milliseconds): Promise<void> {
  return utimes(path, endsAtMs / 1_000, endsAtMs / 1_000)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

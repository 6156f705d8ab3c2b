import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

import type { Milliseconds } from '../../core/clock.ts'
import type { CacheStore, Claim } from './cache-store.ts'
import { ENDED_MS } from './cache-store.ts'
import { FILE_KINDS, isKey } from './file-names.ts'
import type { FileKind } from './file-names.ts'
import { FileSweeper } from './file-sweeper.ts'

/** Where files are kept, and how much of them. */
export interface FileStoreOptions {
  readonly directory: string
  /** Bytes of all of them; a little more for a moment. */
  readonly maxBytes: number
  /** Milliseconds since 1970, for files outlive this process and its clock. */
  readonly wallClock: () => Milliseconds
}

/** Nobody else has any business here. */
const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600
/** What the system says when it is the disk, and not this one file, that is at its end. */
const REFUSALS = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
/** Each takes one of the four threads that all files of this process are read with, for as long as the disk takes. */
const MAX_SYNCING = 2

/**
 * A store in a directory, for the processes of one machine: a file for each value and each lease, which is there until the
 * time of its last change. That lies in the future. A value comes into being under another name and is complete when it gets
 * its own, and on the disk, unless too many are on their way there; whoever reads it must see whether it is whole.
 *
 * Two processes that find a lease run out at the same moment may both get it; then a value is made twice.
 */
export class FileStore implements CacheStore {
  readonly #directory: string
  readonly #wallClock: () => Milliseconds
  readonly #sweeper: FileSweeper
  #syncing = 0

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
      const endsAtMs = this.#wallClock() + ttlMs
      const write = (part: string): Promise<void> => this.#writeLasting(part, bytes, endsAtMs)
      await this.#replace(this.#path(key, 'value'), this.#path(key, 'part'), write)
      this.#sweeper.onWritten(bytes.length)
    } finally {
      await this.#endLease(key, owner)
    }
  }

  readonly release = async (key: string, owner: string, outcome: Buffer = Buffer.alloc(0)): Promise<void> => {
    if (!(await this.#isOwner(key, owner))) return
    const bytes = Buffer.concat([Buffer.from('e'), outcome])
    const write = (part: string): Promise<void> => writeFile(part, bytes, () => this.#wallClock() + ENDED_MS)
    await this.#replace(this.#path(key, 'lease'), this.#path(key, 'part'), write)
    // Other leases go with their values.
    this.#sweeper.onWritten(bytes.length)
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
      await writeFile(part, Buffer.from(content), () => this.#wallClock() + leaseMs)
      await link(part, lease)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    } finally {
      await rm(part, { force: true })
    }
  }

  async #replace(path: string, part: string, write: (part: string) => Promise<void>): Promise<void> {
    try {
      await write(part)
      await rename(part, path)
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
  }

  async #writeLasting(part: string, bytes: Buffer, endsAtMs: Milliseconds): Promise<void> {
    const isSynced = this.#syncing < MAX_SYNCING
    if (!isSynced) return writeFile(part, bytes, () => endsAtMs)
    this.#syncing++
    try {
      await writeFile(
        part,
        bytes,
        () => endsAtMs,
        (file) => file.datasync(),
      )
    } finally {
      this.#syncing--
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
  #path(key: string, kind: FileKind): string {
    if (!isKey(key)) throw new RangeError('a key of the file store must be a digest')
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

/** @param endsAtMs asked when all is written, for a slow disk must not eat up a short time */
async function writeFile(
  path: string,
  bytes: Buffer,
  endsAtMs: () => Milliseconds,
  onWritten?: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'wx', FILE_MODE)
  try {
    await file.writeFile(bytes)
    await onWritten?.(file)
    const endsAtS = endsAtMs() / 1_000
    await file.utimes(endsAtS, endsAtS)
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

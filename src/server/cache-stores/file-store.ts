import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

import type { Milliseconds } from '../../core/clock.ts'
import type { CacheStore, Claim } from './cache-store.ts'
import { ENDED_MS } from './cache-store.ts'
import { codeOf, createLease, readLease, removeLease, replaceLease } from './file-lease.ts'
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
    const path = this.#path(key, 'lease')
    if (await createLease(path, { owner, endsAtMs: this.#wallClock() + leaseMs })) return this.#recheck(key, owner)
    const other = await this.#leaseClaim(path)
    if (other !== undefined) return other
    // It has run out: whoever moves it away may have the next one.
    await removeLease(path)
    if (await createLease(path, { owner, endsAtMs: this.#wallClock() + leaseMs })) return this.#recheck(key, owner)
    return { kind: 'held' }
  }

  readonly renew = async (key: string, owner: string, leaseMs: Milliseconds): Promise<void> => {
    const path = this.#path(key, 'lease')
    if (await this.#isOwner(path, owner)) await replaceLease(path, { owner, endsAtMs: this.#wallClock() + leaseMs })
  }

  readonly publish = async (key: string, owner: string, bytes: Buffer, ttlMs: Milliseconds): Promise<void> => {
    try {
      const endsAtMs = this.#wallClock() + ttlMs
      await this.#replace(key, 'value', (part) => this.#writeLasting(part, bytes, endsAtMs))
      this.#sweeper.onWritten(bytes.length)
    } finally {
      await this.#endLease(key, owner)
    }
  }

  readonly release = async (key: string, owner: string, outcome?: Buffer): Promise<void> => {
    const path = this.#path(key, 'lease')
    if (!(await this.#isOwner(path, owner))) return
    const endsAtMs = (): Milliseconds => this.#wallClock() + ENDED_MS
    if (outcome === undefined) await replaceLease(path, { owner: '', endsAtMs: endsAtMs() })
    else await this.#replace(key, 'lease', (part) => writeFile(part, outcome, endsAtMs))
    // Other leases go with their values.
    this.#sweeper.onWritten(outcome?.length ?? 0)
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

  /** Undefined for one that is not there or has run out. */
  async #leaseClaim(path: string): Promise<Claim | undefined> {
    const lease = await readLease(path)
    if (lease === 'file') {
      const outcome = await this.#read(path)
      return outcome && { kind: 'ended', outcome: outcome.bytes }
    }
    if (lease === undefined || lease.endsAtMs <= this.#wallClock()) return undefined
    return lease.owner === '' ? { kind: 'ended', outcome: undefined } : { kind: 'held' }
  }

  async #replace(key: string, kind: 'value' | 'lease', write: (part: string) => Promise<void>): Promise<void> {
    const part = this.#path(key, 'part')
    try {
      await write(part)
      await rename(part, this.#path(key, kind))
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
    const path = this.#path(key, 'lease')
    if (await this.#isOwner(path, owner)) await rm(path, { force: true })
  }

  async #isOwner(path: string, owner: string): Promise<boolean> {
    const lease = await readLease(path)
    return typeof lease === 'object' && lease.owner === owner && lease.endsAtMs > this.#wallClock()
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

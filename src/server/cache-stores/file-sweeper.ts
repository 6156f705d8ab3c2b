import { lstat, opendir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Milliseconds } from '../../core/clock.ts'
import { readLease } from './file-lease.ts'
import { kindOfFile } from './file-names.ts'
import type { FileKind } from './file-names.ts'

/** A small file takes a block of the disk. */
const BLOCK_BYTES = 4_096
/** Files are looked through when so much of what may be kept was written, for others write too. */
const SWEEP_FRACTION = 0.05
/** Room made when there is too much, so that not each write has to make some. */
const KEPT_FRACTION = 0.9
/** Nobody writes a file for so long; its process was killed. */
const ABANDONED_MS: Milliseconds = 60_000

interface KeptFile {
  readonly path: string
  readonly bytes: number
  readonly endsAtMs: Milliseconds
}

/**
 * Keeps the files of a directory within their bytes: those whose time is over go first, then those whose time is over soonest.
 * Several processes may do so at the same time; each counts what it writes, and all look at the same files. Files of others
 * that lie there too are neither counted nor removed.
 */
export class FileSweeper {
  readonly #directory: string
  readonly #maxBytes: number
  readonly #wallClock: () => Milliseconds
  /** Found with the last look, and not removed. */
  #keptBytes = 0
  /** By this process, since that began. */
  #writtenBytes = 0
  #sweep: Promise<void> | undefined
  #isClosed = false

  constructor(directory: string, maxBytes: number, wallClock: () => Milliseconds) {
    this.#directory = directory
    this.#maxBytes = maxBytes
    this.#wallClock = wallClock
  }

  /** Looks through what others have left. */
  start(): void {
    if (this.#isClosed) return
    this.#sweep ??= this.#run()
      // What cannot be looked through now can be later; who needs a file finds out what is wrong.
      .catch(() => undefined)
      .finally(() => {
        this.#sweep = undefined
        this.#startWhenDue()
      })
  }

  onWritten(bytes: number): void {
    this.#writtenBytes += blocksOf(bytes)
    this.#startWhenDue()
  }

  /** Resolves when nothing is looked through any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#sweep
  }

  #startWhenDue(): void {
    const isFull = this.#keptBytes + this.#writtenBytes > this.#maxBytes
    if (this.#writtenBytes > 0 && (isFull || this.#writtenBytes >= this.#maxBytes * SWEEP_FRACTION)) this.start()
  }

  async #run(): Promise<void> {
    this.#writtenBytes = 0
    const nowMs = this.#wallClock()
    const kept: KeptFile[] = []
    let keptBytes = 0
    for await (const entry of await opendir(this.#directory)) {
      if (this.#isClosed) return
      const kind = kindOfFile(entry.name)
      if (kind === undefined || !(entry.isFile() || entry.isSymbolicLink())) continue
      const file = await lookAt(join(this.#directory, entry.name), kind)
      if (file === undefined) continue
      if (file.endsAtMs <= nowMs) {
        await rm(file.path, { force: true })
      } else {
        if (kind === 'value') kept.push(file)
        keptBytes += file.bytes
      }
    }
    const surplusBytes = keptBytes > this.#maxBytes ? keptBytes - this.#maxBytes * KEPT_FRACTION : 0
    this.#keptBytes = keptBytes - (await makeRoom(kept, surplusBytes))
  }
}

/** Undefined when somebody else has removed it. */
async function lookAt(path: string, kind: FileKind): Promise<KeptFile | undefined> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats === undefined) return undefined
  const bytes = blocksOf(stats.size)
  if (kind === 'part') return { path, bytes, endsAtMs: stats.ctimeMs + ABANDONED_MS }
  if (!stats.isSymbolicLink()) return { path, bytes, endsAtMs: stats.mtimeMs }
  const lease = await readLease(path)
  return typeof lease === 'object' ? { path, bytes, endsAtMs: lease.endsAtMs } : undefined
}

/** @returns how many bytes have become free: `bytes`, or a little more */
async function makeRoom(files: KeptFile[], bytes: number): Promise<number> {
  files.sort((left, right) => left.endsAtMs - right.endsAtMs)
  let freed = 0
  for (const file of files) {
    if (freed >= bytes) break
    await rm(file.path, { force: true })
    freed += file.bytes
  }
  return freed
}

function blocksOf(bytes: number): number {
  return Math.ceil(Math.max(1, bytes) / BLOCK_BYTES) * BLOCK_BYTES
}

import { randomUUID } from 'node:crypto'
import { readlink, rename, rm, symlink } from 'node:fs/promises'

import type { Milliseconds } from '../../core/clock.ts'
import { FILE_KINDS } from './file-names.ts'

/** Who has a lease, and until when, in milliseconds since 1970. */
export interface FileLease {
  /** Empty when the lease was given up: those who wait shall see that before it goes. */
  readonly owner: string
  readonly endsAtMs: Milliseconds
}

/**
 * Makes a lease where there is none. It is a symbolic link that leads nowhere, for that comes into being in one step with all
 * that it says, and is read in one.
 *
 * @returns whether there was none
 */
export async function createLease(path: string, lease: FileLease): Promise<boolean> {
  try {
    await symlink(textOf(lease), path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Makes a lease in the place of the one that is there. */
export async function replaceLease(path: string, lease: FileLease): Promise<void> {
  const part = partOf(path)
  await symlink(textOf(lease), part)
  await rename(part, path)
}

/** Gives whoever gets there first the place of a lease. */
export async function removeLease(path: string): Promise<void> {
  const part = partOf(path)
  try {
    await rename(path, part)
    await rm(part, { force: true })
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** Undefined when nothing is there, and `file` when something else is. */
export async function readLease(path: string): Promise<FileLease | 'file' | undefined> {
  try {
    const [endsAtMs, owner] = (await readlink(path)).split(' ')
    return { owner: owner ?? '', endsAtMs: Number(endsAtMs) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (codeOf(error) === 'EINVAL') return 'file'
    throw error
  }
}

/** What the system calls the error; empty when it is none of its own. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function textOf({ owner, endsAtMs }: FileLease): string {
  return `${Math.ceil(endsAtMs)} ${owner}`
}

function partOf(path: string): string {
  return `${path}-${randomUUID()}${FILE_KINDS.part}`
}

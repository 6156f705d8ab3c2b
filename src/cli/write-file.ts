import { chmod, link, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'

import { messageOf, UsageError } from '../core/errors.ts'

/**
 * Writes a file that is not there yet; whoever looks meanwhile sees nothing or all of it, and one that appeared is kept.
 *
 * @throws {UsageError} when it is there, or cannot be written
 */
export function createFile(file: string, content: string): Promise<void> {
  return explained(file, () => throughDraft(file, content, (draft) => link(draft, file)))
}

/**
 * Replaces a file in one step, by one with the same permissions; of a symbolic link, what it leads to.
 *
 * @throws {UsageError} when it cannot be written
 */
export function replaceFile(file: string, content: string): Promise<void> {
  return explained(file, async () => {
    const place = await realpath(file)
    const { mode } = await stat(place)
    await throughDraft(place, content, async (draft) => {
      await chmod(draft, mode)
      await rename(draft, place)
    })
  })
}

/** Writes beside `file`, where nothing is yet, and leaves nothing of it. */
async function throughDraft(file: string, content: string, put: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`
  await writeFile(draft, '', { flag: 'wx' })
  try {
    await writeFile(draft, content)
    await put(draft)
  } finally {
    await rm(draft, { force: true })
  }
}

async function explained(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${messageOf(error)}`, {
      cause: error,
      hint: 'check that the folder exists and may be written to',
    })
  }
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The text of a file of /proc or /sys without surrounding white space.
 *
 * @param root of the file system, `/` outside tests
 * @returns undefined when it does not exist or may not be read: missing facts are normal there
 */
export function readSystemFile(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8').trim()
  } catch {
    return undefined
  }
}

/** The names in a directory of /proc or /sys; empty when it does not exist or may not be read. */
export function listSystemDirectory(root: string, path: string): readonly string[] {
  try {
    return readdirSync(join(root, path))
  } catch {
    return []
  }
}

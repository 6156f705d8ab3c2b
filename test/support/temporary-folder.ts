import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []

/**
 * A new folder for the files of a test. It goes when the process ends, also by a failure: after all hooks, so that nothing which
 * they still have to stop writes into it again.
 *
 * @param name of what it is for; the folder is `tune-NAME-` and six characters
 */
export function temporaryFolder(name: string): string {
  if (folders.length === 0) process.once('exit', removeAll)
  const folder = mkdtempSync(join(tmpdir(), `tune-${name}-`))
  folders.push(folder)
  return folder
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** Output of a run with its histograms. */
const MAX_OUTPUT_BYTES = 2 ** 26

/** The command line of autocannon that is installed here. */
export const AUTOCANNON = [
  process.execPath,
  new URL('../../../node_modules/autocannon/autocannon.js', import.meta.url).pathname,
] as const

/** Runs a command pinned to one CPU, and gives what it printed; rejects when it fails. */
export async function onCpu(cpu: number, command: readonly string[]): Promise<string> {
  const { stdout } = await run('taskset', ['-c', String(cpu), ...command], { maxBuffer: MAX_OUTPUT_BYTES })
  return stdout
}

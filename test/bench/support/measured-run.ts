import type { Report, Run } from '../../../src/core/report.ts'
import { runTune } from '../../support/run-tune.ts'

/**
 * Runs `tune bench` and gives its last measured phase.
 *
 * @throws when tune printed no result; the message holds what it said
 */
export async function measuredRun(args: readonly string[]): Promise<Run> {
  const { code, stdout, stderr } = await runTune(['bench', '--json', '--quiet', ...args])
  const run = stdout === '' ? undefined : (JSON.parse(stdout) as Report).runs.at(-1)
  if (run === undefined) throw new Error(`tune bench ${args.join(' ')} gave no result, exit code ${code}: ${stderr}`)
  return run
}

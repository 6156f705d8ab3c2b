import { type Finished, runTune } from './run-tune.ts'

const NO_VERDICT = 4
const ATTEMPTS = 3
/** What tune says when the machine, and neither it nor the target, spoiled a run; see interference-checks.ts. */
const DISTURBED = /the hypervisor took|other processes used/

/** Runs tune; again when the machine disturbed the run so much that it gives no verdict, and tune says so. */
export async function runUndisturbed(args: readonly string[]): Promise<Finished> {
  let finished = await runTune(args)
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    if (finished.code !== NO_VERDICT || !DISTURBED.test(finished.stdout)) break
    finished = await runTune(args)
  }
  return finished
}

import { assembleTuningReport } from '../bench/tuning/tuning-report.ts'
import { tune, type TuneOptions } from '../bench/tuning/tune.ts'
import { UsageError } from '../core/errors.ts'
import { commandLine } from './command-line.ts'
import { printError } from './errors.ts'
import { exitCodeOf, exitCodeOfReport } from './exit-codes.ts'
import { watchInterruption } from './interruption.ts'
import { checkOutputFiles, publishReport } from './outputs.ts'
import { progressReporter } from './progress.ts'
import type { RunFlags } from './run-flags.ts'
import { resolveRunOptions } from './run-options.ts'
import { styleOf } from './terminal.ts'
import { toolVersion } from './version.ts'

/** The flags of a search as commander hands them over; those that shape the load of a run do not exist here. */
export interface SearchFlags extends Omit<
  RunFlags,
  'connections' | 'rate' | 'arrivals' | 'duration' | 'warmUp' | 'repeat'
> {
  readonly quick?: boolean
  readonly thorough?: boolean
  readonly verify: boolean
}

/**
 * Searches settings for the target, prints the result, writes the files, and returns the exit code. Whatever was found before
 * an interruption or a failure is printed and written first.
 */
export async function runSearch(scenario: string | undefined, flags: SearchFlags): Promise<number> {
  checkOutputFiles(flags.output ?? [])
  const options = await searchOptions(scenario, flags)
  const errorStyle = styleOf(process.stderr, process.env, flags.color)
  const emit = flags.quiet === true ? () => undefined : progressReporter(process.stderr, errorStyle)
  const interruption = watchInterruption(() =>
    emit({ type: 'warning', message: 'stopping', hint: 'press Ctrl-C again to stop at once' }),
  )
  try {
    const tuned = await tune(options, emit, interruption.signal)
    const report = assembleTuningReport(tuned, options, {
      version: toolVersion(),
      command: commandLine(process.argv.slice(2)),
      createdAt: new Date().toISOString(),
    })
    await publishReport(report, flags)
    if (tuned.failure !== undefined) {
      printError(tuned.failure, process.stderr)
      return exitCodeOf(tuned.failure)
    }
    return interruption.exitCode() ?? exitCodeOfReport(report)
  } finally {
    interruption.dispose()
  }
}

async function searchOptions(scenario: string | undefined, flags: SearchFlags): Promise<TuneOptions> {
  if (flags.quick === true && flags.thorough === true) {
    throw new UsageError('--quick and --thorough say different things about the time', { hint: 'give one of them' })
  }
  const bench = await resolveRunOptions(scenario, { ...flags, repeat: 1 })
  return {
    bench,
    effort: flags.quick === true ? 'quick' : flags.thorough === true ? 'thorough' : 'standard',
    objectives: bench.scenario.objectives,
    verifies: flags.verify,
  }
}

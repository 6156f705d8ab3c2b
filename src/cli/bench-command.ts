import { measure } from '../bench/bench.ts'
import { assembleReport } from '../bench/assemble.ts'
import type { BenchEvent } from '../core/events.ts'
import { commandLine } from './command-line.ts'
import { printError } from './errors.ts'
import { exitCodeOf, exitCodeOfReport } from './exit-codes.ts'
import { watchInterruption, type Interruption } from './interruption.ts'
import { checkOutputFiles, publishReport } from './outputs.ts'
import { progressReporter } from './progress.ts'
import type { RunFlags } from './run-flags.ts'
import { resolveRunOptions } from './run-options.ts'
import { styleOf } from './terminal.ts'
import { toolVersion } from './version.ts'

/** What a command may put around a run. */
export interface RunHooks {
  /** Receives the events instead of the progress line. */
  readonly onEvent?: (event: BenchEvent) => void
  /** Called when the run knows how to be stopped. */
  readonly onStart?: (interruption: Interruption) => void
  /** Awaited before the result is printed. */
  readonly beforeResult?: () => Promise<void>
  /** Objectives to judge when neither flags nor the scenario give any. */
  readonly defaultObjectives?: readonly string[]
}

/**
 * Measures, prints the result, writes the files, and returns the exit code. Whatever was measured before an interruption
 * or a failure is printed and written first.
 */
export async function runBench(argument: string | undefined, flags: RunFlags, hooks: RunHooks = {}): Promise<number> {
  checkOutputFiles(flags.output ?? [])
  const options = await resolveRunOptions(argument, flags)
  const objectives =
    options.scenario.objectives.length > 0 ? options.scenario.objectives : (hooks.defaultObjectives ?? [])
  const errorStyle = styleOf(process.stderr, process.env, flags.color)
  const emit = hooks.onEvent ?? (flags.quiet === true ? () => undefined : progressReporter(process.stderr, errorStyle))
  const interruption = watchInterruption(() =>
    emit({ type: 'warning', message: 'stopping', hint: 'press Ctrl-C again to stop at once' }),
  )
  hooks.onStart?.(interruption)
  try {
    const measurements = await measure(options, emit, interruption.signal)
    const report = assembleReport(measurements, options, objectives, {
      version: toolVersion(),
      command: commandLine(process.argv.slice(2)),
      createdAt: new Date().toISOString(),
    })
    await hooks.beforeResult?.()
    await publishReport(report, flags)
    if (measurements.failure !== undefined) {
      printError(measurements.failure, process.stderr)
      return exitCodeOf(measurements.failure)
    }
    return interruption.exitCode() ?? exitCodeOfReport(report)
  } finally {
    interruption.dispose()
  }
}

import { UsageError } from '../core/errors.ts'
import { DEFAULT_OBJECTIVES, parseObjective } from '../core/objective.ts'
import type { Report } from '../core/report.ts'
import { evaluateObjectives } from '../gate/evaluate.ts'
import { runBench } from './bench-command.ts'
import { exitCodeOfReport } from './exit-codes.ts'
import { checkOutputFiles, publishReport } from './outputs.ts'
import { readReport } from './read-report.ts'
import type { RunFlags } from './run-flags.ts'

/** All that `--from` can use: by what an earlier report is judged, and where the result goes. */
const FLAGS_WITH_FROM: readonly string[] = [
  '--from',
  '--objective',
  '--json',
  '--output',
  '--save',
  '--quiet',
  '--no-color',
]

/**
 * Judges a fresh run, or an earlier report, by objectives: those given, else those of the scenario or the report, else the
 * documents' own alert thresholds.
 *
 * @param given the long names of the flags that were given
 * @throws {UsageError} for flags of a run beside `--from`, which would do nothing
 */
export async function runGate(
  argument: string | undefined,
  flags: RunFlags & { readonly from?: string },
  given: readonly string[],
): Promise<number> {
  if (flags.from === undefined) return runBench(argument, flags, { defaultObjectives: DEFAULT_OBJECTIVES })
  const useless = [
    ...(argument === undefined ? [] : [`the scenario "${argument}"`]),
    ...given.filter((flag) => !FLAGS_WITH_FROM.includes(flag)),
  ]
  if (useless.length > 0) {
    throw new UsageError(
      `--from judges an earlier report and measures nothing: ${useless.join(', ')} would do nothing`,
      {
        hint: `leave that out; with --from go ${FLAGS_WITH_FROM.slice(1).join(', ')}`,
      },
    )
  }
  checkOutputFiles(flags.output ?? [])
  const found = await readReport(flags.from)
  if (found.tuning !== undefined) {
    throw new UsageError(
      `--from ${flags.from}: it is of a search, whose phases at different settings are not one run`,
      {
        hint: 'give a report of: npx tune bench -o report.json',
      },
    )
  }
  const report = judged(found, flags.objective)
  await publishReport(report, flags)
  return exitCodeOfReport(report)
}

/**
 * The report with a new verdict: by these objectives, without them by its own, and without any by the defaults.
 *
 * @throws {UsageError} when an objective of the report is none
 */
export function judged(report: Report, objectives: readonly string[] | undefined): Report {
  const own = report.verdict.checks.map(({ expected }) => expected)
  const asked = objectives ?? (own.length > 0 ? own : DEFAULT_OBJECTIVES)
  return { ...report, verdict: evaluateObjectives(asked.map(parseObjective), report.runs) }
}

import { readFile } from 'node:fs/promises'

import { messageOf, UsageError } from '../core/errors.ts'
import { DEFAULT_OBJECTIVES, parseObjective } from '../core/objective.ts'
import { type Report, reportSchema } from '../core/report.ts'
import { evaluateObjectives } from '../gate/evaluate.ts'
import { runBench } from './bench-command.ts'
import { exitCodeOfReport } from './exit-codes.ts'
import { checkOutputFiles, publishReport } from './outputs.ts'
import type { RunFlags } from './run-flags.ts'

/** Judges a fresh run, or an earlier report, by objectives; without any, by the documents' own alert thresholds. */
export async function runGate(
  argument: string | undefined,
  flags: RunFlags & { readonly from?: string },
): Promise<number> {
  if (flags.from === undefined) return runBench(argument, flags, { defaultObjectives: DEFAULT_OBJECTIVES })
  if (argument !== undefined || flags.url !== undefined) {
    throw new UsageError('--from judges an earlier report and measures nothing', {
      hint: 'leave the scenario and --url out',
    })
  }
  checkOutputFiles(flags.output ?? [])
  const earlier = await readReport(flags.from)
  const objectives = (flags.objective ?? DEFAULT_OBJECTIVES).map(parseObjective)
  const report: Report = { ...earlier, verdict: evaluateObjectives(objectives, earlier.runs) }
  await publishReport(report, flags)
  return exitCodeOfReport(report)
}

async function readReport(file: string): Promise<Report> {
  const hint = 'give a file written by: tune bench -o report.json'
  let document: unknown
  try {
    document = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--from ${file}: ${messageOf(error)}`, { cause: error, hint })
  }
  const parsed = reportSchema.safeParse(document)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new UsageError(`--from ${file} is not a tune report: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`, {
    hint,
  })
}

import { evidenceOfReport } from '../bench/report-evidence.ts'
import { UsageError } from '../core/errors.ts'
import type { Report } from '../core/report.ts'
import { WHAT_IF_SCHEMA, type WhatIfDocument } from '../core/what-if.ts'
import { isPartial, overallValidity, runLabel, scenarioNames } from '../report/run-facts.ts'
import { renderWhatIf } from '../report/what-if-text.ts'
import type { WhatIfTarget } from '../sizing/what-if/what-if-evidence.ts'
import { whatIf, type WhatIfRefusal } from '../sizing/what-if/what-if.ts'
import { printError } from './errors.ts'
import { EXIT } from './exit-codes.ts'
import { readReport } from './read-report.ts'
import { styleOf } from './terminal.ts'

/** `tune recommend --from report.json` and the machines that are asked about; what is not given is as in the report. */
export interface WhatIfFlags {
  readonly from: string
  readonly targetCpus?: number
  /** Bytes of one machine. */
  readonly targetMemory?: number
  /** 1/s, of all machines together. */
  readonly targetRate?: number
  readonly json?: boolean
  readonly color: boolean
}

/** Where the answer goes, and where a refusal goes. */
interface Streams {
  readonly stdout: Pick<NodeJS.WriteStream, 'write'> & Partial<NodeJS.WriteStream>
  readonly stderr: Pick<NodeJS.WriteStream, 'write'>
}

/**
 * Says what an earlier report means for other machines and other rates, and with which limits.
 *
 * @returns 4 when the report cannot carry an answer: invalid, cut short, or without the figures
 * @throws {UsageError} when the file cannot be read or is no report
 */
export async function runWhatIf(flags: WhatIfFlags, { stdout, stderr }: Streams = process): Promise<number> {
  const report = await readReport(flags.from)
  const target: WhatIfTarget = {
    cpus: flags.targetCpus ?? report.host.cpus.effective,
    memoryBytes: flags.targetMemory ?? report.host.memory.limitBytes,
    ratePerS: flags.targetRate ?? null,
  }
  const evidence = evidenceOfReport(report)
  const answer = unusable(report) ?? whatIf(evidence, target)
  const { saturated, workers, measuredCpus } = evidence.input
  if (flags.json === true) {
    const document: WhatIfDocument = {
      schema: WHAT_IF_SCHEMA,
      from: { file: flags.from, createdAt: report.createdAt, scenario: scenarioNames(report) },
      measured: { cpus: measuredCpus, workers, ...saturated },
      target,
      ...answer,
    }
    stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  }
  if (answer.outcome === 'refused') {
    printError(new UsageError(`--from ${flags.from}: ${answer.reason}`, { hint: answer.hint }), stderr)
    return EXIT.noVerdict
  }
  if (flags.json !== true) {
    const source = `${flags.from}: ${scenarioNames(report)}, ${report.createdAt.slice(0, 10)}, ${report.host.cpus.model}`
    const style = styleOf(stdout, process.env, flags.color)
    stdout.write(renderWhatIf(answer, { source, measured: evidence.input, target }, style))
  }
  return EXIT.done
}

/** Why nothing may be taken from the report, whatever stands in it; null when something may. */
function unusable(report: Report): WhatIfRefusal | null {
  const { runs } = report
  const hint = 'measure again (npx tune bench -o report.json); npx tune doctor names what disturbs a measurement'
  if (runs.length === 0) return { outcome: 'refused', reason: 'nothing was measured', hint }
  if (overallValidity(report) === 'invalid') {
    const invalid = runs.filter(({ validity }) => validity.verdict === 'invalid').map((run) => runLabel(run, runs))
    const why = runs.flatMap(({ validity }) => validity.reasons).find(({ severity }) => severity === 'invalid')
    const because = why === undefined ? '' : ` (${why.evidence})`
    return {
      outcome: 'refused',
      reason: `the run is invalid: ${invalid.join(', ')}${because}; machines planned from it would be guesses`,
      hint,
    }
  }
  return isPartial(report) ? { outcome: 'refused', reason: 'the run was cut short', hint } : null
}

import { TuneError } from '../core/errors.ts'
import type { Report } from '../core/report.ts'
import { isPartial } from '../report/run-facts.ts'

/** The exit codes of every command; scripts rely on them. */
export const EXIT = {
  done: 0,
  gateFailed: 1,
  usage: 2,
  targetUnusable: 3,
  noVerdict: 4,
  incomplete: 5,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const

const EXIT_BY_CODE: Readonly<Record<TuneError['code'], number>> = {
  usage: EXIT.usage,
  target: EXIT.targetUnusable,
  incomplete: EXIT.incomplete,
}

/** The exit code of an error; what tune did not throw on purpose is a bug of tune. */
export function exitCodeOf(error: unknown): number {
  return error instanceof TuneError ? EXIT_BY_CODE[error.code] : EXIT.bug
}

/**
 * The exit code of a finished run: every request failed before invalid before incomplete before a breached objective, because
 * without good answers nothing else means anything, and what was cut short proves nothing.
 */
export function exitCodeOfReport(report: Report): number {
  if (report.runs.length === 0) return EXIT.noVerdict
  if (report.runs.some((run) => run.requests.sent > 0 && run.requests.good === 0)) return EXIT.targetUnusable
  if (report.runs.some((run) => run.validity.verdict === 'invalid')) return EXIT.noVerdict
  if (isPartial(report)) return EXIT.incomplete
  switch (report.verdict.outcome) {
    case 'fail':
      return EXIT.gateFailed
    case 'inconclusive':
      return EXIT.noVerdict
    case 'pass':
    case 'none':
      return EXIT.done
  }
}

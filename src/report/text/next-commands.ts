import type { Report, Tuning } from '../../core/report.ts'
import { overallValidity } from '../run-facts.ts'
import { printable } from '../terminal-text.ts'
import type { Page } from './page.ts'

/** Three commands that follow from the result; each repeats the run with what it adds. */
export function writeNextCommands(page: Page, report: Report): void {
  page.heading('Next')
  page.commands(
    report.tuning === undefined
      ? [firstStep(report), secondStep(report), thirdStep(report)]
      : [...afterSearch(report, report.tuning)],
  )
}

interface Step {
  readonly command: string
  readonly purpose: string
}

function firstStep(report: Report): Step {
  if (overallValidity(report) === 'invalid')
    return { command: 'npx tune doctor', purpose: 'what disturbs measurements on this machine' }
  const workers = report.recommendations.find(({ setting }) => setting === 'WEB_CONCURRENCY')
  if (report.target.kind === 'bundled' && workers !== undefined && workers.value !== report.target.workers) {
    return { command: repeated(report, 'bench', `-w ${workers.value}`), purpose: 'measure the advice' }
  }
  return { command: repeated(report, 'bench', '--repeat 3'), purpose: 'how much runs differ' }
}

function afterSearch(report: Report, { verification, effort }: Tuning): readonly Step[] {
  if (overallValidity(report) === 'invalid')
    return [{ command: 'npx tune doctor', purpose: 'what disturbs measurements on this machine' }]
  const surer = { command: repeated(report, 'recommend', '--thorough'), purpose: 'the same, surer' }
  const file = / (?:-o|--output) ([\w./-]+\.json)(?= |$)/.exec(printable(report.command))?.[1]
  const kept = { command: repeated(report, 'recommend', '-o report.json'), purpose: 'keep the result, then:' }
  const exported = {
    command: `npx tune export env --from ${file ?? 'report.json'}`,
    purpose: 'the settings as a file',
  }
  if ((verification === null || verification.outcome === 'inconclusive') && effort !== 'thorough') return [surer]
  return file === undefined ? [kept, exported] : [exported]
}

function secondStep(report: Report): Step {
  return report.verdict.outcome === 'none'
    ? { command: repeated(report, 'gate', "--objective 'p95 < 200ms'"), purpose: 'pass or fail, for CI' }
    : { command: repeated(report, 'dash', ''), purpose: 'watch it live' }
}

function thirdStep(report: Report): Step {
  return { command: repeated(report, 'bench', '-o report.html'), purpose: 'the same with charts' }
}

/** Words as tune itself quotes them. A report may come from elsewhere, and what stands here is meant to be pasted into a shell. */
const QUOTED_WORDS = /^(?: (?:[\w@%+=:,./-]|'[^']*'|\\')+)*$/

/** The command of the report under another subcommand; of flags that cannot be repeated, the last one counts. */
function repeated(report: Report, subcommand: 'bench' | 'gate' | 'dash' | 'recommend', added: string): string {
  const given = /^tune(?: (?:bench|gate|dash|recommend))?(?= |$)(.*)$/.exec(printable(report.command))?.[1] ?? ''
  const kept = QUOTED_WORDS.test(given)
    ? given.replaceAll(/ (?:--json|--quiet|--save|--quick|--thorough)(?= |$)/g, '')
    : ''
  return `npx tune ${subcommand}${kept} ${added}`.trimEnd()
}

import type { Report } from '../core/report.ts'
import { writeAdvice } from './text/advice.ts'
import { writeCourse } from './text/course.ts'
import { writeDistribution } from './text/distribution.ts'
import { writeNextCommands } from './text/next-commands.ts'
import { writeObjectives } from './text/objectives.ts'
import { writeOutcomes } from './text/outcomes.ts'
import { writeOverBoots } from './text/over-boots.ts'
import { Page, type TextOptions } from './text/page.ts'
import { writePhases } from './text/phases.ts'
import { writeRoutes } from './text/routes.ts'
import { writeSubject } from './text/subject.ts'
import { writeTroubleshooting } from './text/troubleshooting.ts'
import { writeTuning } from './text/tuning.ts'
import { writeValidity } from './text/validity.ts'

/**
 * The summary for a terminal or a log: first whether the figures may be believed, then what was run, the figures, what they
 * speak of, the advice, the objectives and what to do next.
 */
export function renderText(report: Report, options: TextOptions): string {
  const page = new Page(options)
  writeValidity(page, report)
  writeSubject(page, report)
  if (report.tuning === undefined) writeFigures(page, report)
  else writeTuning(page, report)
  writeTroubleshooting(page, report)
  writeAdvice(page, report)
  writeObjectives(page, report)
  writeNextCommands(page, report)
  return page.toString()
}

function writeFigures(page: Page, report: Report): void {
  writePhases(page, report)
  writeOverBoots(page, report)
  writeCourse(page, report)
  writeRoutes(page, report)
  writeOutcomes(page, report)
  writeDistribution(page, report)
}

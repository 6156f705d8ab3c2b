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
import { writeValidity } from './text/validity.ts'

/**
 * The summary for a terminal or a log: first whether the figures may be believed, then what was run, the figures, the advice,
 * the objectives and what to do next.
 */
export function renderText(report: Report, options: TextOptions): string {
  const page = new Page(options)
  writeValidity(page, report)
  writeSubject(page, report)
  writePhases(page, report)
  writeOverBoots(page, report)
  writeCourse(page, report)
  writeRoutes(page, report)
  writeOutcomes(page, report)
  writeDistribution(page, report)
  writeAdvice(page, report)
  writeObjectives(page, report)
  writeNextCommands(page, report)
  return page.toString()
}

import type { Report } from '../core/report.ts'

/** The `tune.report/v1` document, indented by 2 spaces, with a final line break. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`
}

import type { Report } from '../core/report.ts'

/** Placeholder until the renderer is written. */
export function renderProm(report: Report): string {
  return report.schema
}

import type { Report } from '../core/report.ts'

/** Placeholder until the renderer is written. */
export function renderHgrm(report: Report): string {
  return report.schema
}

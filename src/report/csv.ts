import { OUTCOMES } from '../core/measurement.ts'
import type { LatencySummary, RequestCounts } from '../core/measurement.ts'
import type { Report, Run } from '../core/report.ts'

type Field = string | number | null

/** What every route of a run shares. */
const RUN_COLUMNS: Readonly<Record<string, (run: Run) => Field>> = {
  scenario: (run) => run.scenario,
  phase: (run) => run.phase,
  workload: (run) => run.workload.kind,
  connections: (run) => run.workload.connections,
  ratePerS: (run) => run.workload.ratePerS,
  workers: (run) => run.workers,
  repetition: (run) => run.repetition,
  startedAt: (run) => run.startedAt,
  durationMs: (run) => run.durationMs,
  validity: (run) => run.validity.verdict,
}

const COUNTS = ['scheduled', 'sent', 'dropped', ...OUTCOMES, 'cached'] as const
const FIGURES = ['count', 'meanMs', 'p50Ms', 'p90Ms', 'p95Ms', 'p99Ms', 'p999Ms', 'maxMs'] as const

interface Measured {
  readonly name: string
  readonly requests: RequestCounts
  readonly responseTime: LatencySummary
  readonly serviceTime: LatencySummary
}

/** One row per run and route, under names with their units; a run without routes is one row with an empty route. Missing figures are empty. */
export function renderCsv(report: Report): string {
  const header = [
    ...Object.keys(RUN_COLUMNS),
    'route',
    ...COUNTS,
    ...FIGURES.map((figure) => `responseTime.${figure}`),
    ...FIGURES.map((figure) => `serviceTime.${figure}`),
  ]
  const rows = report.runs.flatMap((run) => {
    const routes: readonly Measured[] = run.routes.length > 0 ? run.routes : [{ ...run, name: '' }]
    return routes.map((route) => rowOf(run, route))
  })
  return [header, ...rows].map((row) => `${row.map(fieldText).join(',')}\n`).join('')
}

function rowOf(run: Run, { name, requests, responseTime, serviceTime }: Measured): readonly Field[] {
  return [
    ...Object.values(RUN_COLUMNS).map((column) => column(run)),
    name,
    ...COUNTS.map((outcome) => requests[outcome]),
    ...FIGURES.map((figure) => responseTime[figure]),
    ...FIGURES.map((figure) => serviceTime[figure]),
  ]
}

/** A field as RFC 4180 quotes it. Text that a spreadsheet would run as a formula gets an apostrophe before it. */
function fieldText(field: Field): string {
  if (field === null) return ''
  if (typeof field === 'number') return String(field)
  const inert = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}

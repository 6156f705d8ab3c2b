import type { WorkerReport } from './messages.ts'
import { isMetricsSnapshot } from './metrics/snapshot.ts'

type Fields = Readonly<Record<string, unknown>>

/** What each report must hold for the primary to be safe with it. */
const HAS_ITS_FIELDS: Readonly<Record<WorkerReport['type'], (fields: Fields) => boolean>> = {
  metrics: ({ slot, snapshot }) => Number.isSafeInteger(slot) && isMetricsSnapshot(snapshot),
  log: ({ text, lines }) => typeof text === 'string' && Number.isSafeInteger(lines),
  scrape: ({ id, format }) => Number.isSafeInteger(id) && (format === 'prometheus' || format === 'openmetrics'),
}

/** Reads what came from a worker; undefined for anything that is no report of ours. */
export function parseWorkerReport(raw: unknown): WorkerReport | undefined {
  if (typeof raw !== 'object' || raw === null || !('type' in raw)) return undefined
  const { type } = raw
  if (typeof type !== 'string' || !Object.hasOwn(HAS_ITS_FIELDS, type)) return undefined
  const isWhole = HAS_ITS_FIELDS[type as WorkerReport['type']](raw) // it is one of the keys
  return isWhole ? (raw as WorkerReport) : undefined // its fields were just looked at
}

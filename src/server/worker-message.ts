import type { TokenRequest } from '../resilience/client-limiter.ts'
import type { WorkerMessage, WorkerReport } from './messages.ts'
import { METRIC_FAMILIES } from './metrics/families.ts'
import { isMetricsSnapshot } from './metrics/snapshot.ts'
import type { MetricsSnapshot } from './metrics/snapshot.ts'

type Said = WorkerMessage | WorkerReport
type Fields = Readonly<Record<string, unknown>>

const WEAR_REASONS: ReadonlySet<unknown> = new Set(['requests', 'age', 'memory'])

/** What each message and each report must hold for the primary to be safe with it. */
const HAS_ITS_FIELDS: Readonly<Record<Said['type'], (fields: Fields) => boolean>> = {
  listening: () => true,
  alive: () => true,
  failed: ({ message, hint }) => typeof message === 'string' && (hint === undefined || typeof hint === 'string'),
  stats: ({ id, stats }) => Number.isSafeInteger(id) && isObject(stats),
  worn: ({ reason, requests, rssBytes }) =>
    WEAR_REASONS.has(reason) && typeof requests === 'number' && typeof rssBytes === 'number',
  metrics: ({ slot, snapshot }) => Number.isSafeInteger(slot) && isMetricsSnapshot(snapshot) && hasOwnLabels(snapshot),
  log: ({ text, lines }) => typeof text === 'string' && Number.isSafeInteger(lines),
  scrape: ({ id, format }) => Number.isSafeInteger(id) && (format === 'prometheus' || format === 'openmetrics'),
  tokens: ({ id, requests }) => Number.isSafeInteger(id) && Array.isArray(requests) && requests.every(isTokenRequest),
}

/** Reads what came from a worker; undefined for anything that no worker of ours says. Code in a worker may send what it likes. */
export function parseWorkerMessage(raw: unknown): Said | undefined {
  if (!isObject(raw)) return undefined
  const { type } = raw
  if (typeof type !== 'string' || !Object.hasOwn(HAS_ITS_FIELDS, type)) return undefined
  const isWhole = HAS_ITS_FIELDS[type as Said['type']](raw) // it is one of the keys
  return isWhole ? (raw as unknown as Said) : undefined // its fields were just looked at
}

/** Labels are put on the page as they come: what is none of them could be lines of its own there. */
function hasOwnLabels(snapshot: MetricsSnapshot): boolean {
  return [...snapshot].every(([family, series]) => {
    const names: readonly string[] = METRIC_FAMILIES[family].labels
    const form = new RegExp(`^${names.map((name) => `${name}="(?:[^"\\\\\n]|\\\\["\\\\n])*"`).join(',')}$`)
    return [...series.keys()].every((labels) => form.test(labels))
  })
}

function isTokenRequest(request: unknown): request is TokenRequest {
  if (!isObject(request)) return false
  const { clientKey, wanted, needed, unused, tokenMs } = request
  const areCounts = isCount(wanted) && isCount(needed) && isCount(unused)
  return typeof clientKey === 'string' && areCounts && typeof tokenMs === 'number'
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

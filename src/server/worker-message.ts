import type { WorkerMessage } from './messages.ts'

type Fields = Readonly<Record<string, unknown>>

const WEAR_REASONS: ReadonlySet<unknown> = new Set(['requests', 'age', 'memory'])

/** What each message must hold for the primary to be safe with it. */
const HAS_ITS_FIELDS: Readonly<Record<WorkerMessage['type'], (fields: Fields) => boolean>> = {
  listening: () => true,
  alive: () => true,
  failed: ({ message, hint }) => typeof message === 'string' && (hint === undefined || typeof hint === 'string'),
  stats: ({ id, stats }) => typeof id === 'number' && isObject(stats),
  worn: ({ reason, requests, rssBytes }) =>
    WEAR_REASONS.has(reason) && typeof requests === 'number' && typeof rssBytes === 'number',
}

/** Reads what came from a worker; undefined for anything that no worker of ours says. Code in a worker may send what it likes. */
export function parseWorkerMessage(raw: unknown): WorkerMessage | undefined {
  if (!isObject(raw)) return undefined
  const { type } = raw
  if (typeof type !== 'string' || !Object.hasOwn(HAS_ITS_FIELDS, type)) return undefined
  const isWhole = HAS_ITS_FIELDS[type as WorkerMessage['type']](raw) // it is one of the keys
  return isWhole ? (raw as unknown as WorkerMessage) : undefined // its fields were just looked at
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

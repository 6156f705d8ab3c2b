import { open, readFile, rename, rm, stat } from 'node:fs/promises'

import { messageOf } from '../core/errors.ts'

/** What is kept of the admission queues over restarts. Waiting requests are not: their connections end with the process. */
export interface QueueState {
  /** Requests that may wait in each worker: as it was last set while the server ran. */
  readonly maxSize: number
  /** The same as the settings have it; when they say something else now, they count. */
  readonly initialSize: number
  /** Requests that waited when this was saved, in all workers. */
  readonly queueLength: number
  /** Since the file exists. */
  readonly counters: QueueCounters
}

/** Requests let in and turned away. */
export interface QueueCounters {
  readonly admitted: number
  readonly refused: number
}

/** What a file holds: a state, nothing because it does not exist yet, or something that cannot be used. */
export type LoadedQueueState =
  | { readonly kind: 'loaded'; readonly state: QueueState }
  | { readonly kind: 'missing' }
  | { readonly kind: 'damaged'; readonly problem: string }

const VERSION = 1
/** Far more than a state needs; whatever is larger is something else. */
const MAX_FILE_BYTES = 65_536
/** The largest QUEUE_SIZE. */
const MAX_SIZE = 1_000_000

/** Reads a state; never throws, whatever is in its place. */
export async function loadQueueState(path: string): Promise<LoadedQueueState> {
  try {
    const found = await stat(path)
    if (!found.isFile() || found.size > MAX_FILE_BYTES) return { kind: 'damaged', problem: 'it is no state of a queue' }
    const state = parseState(JSON.parse(await readFile(path, 'utf8')))
    return typeof state === 'string' ? { kind: 'damaged', problem: state } : { kind: 'loaded', state }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing ? { kind: 'missing' } : { kind: 'damaged', problem: messageOf(error) }
  }
}

/**
 * Replaces the file at once and as a whole: whoever kills this process at any moment leaves the one before or the new one.
 *
 * @throws what the system says; the file is as before then
 */
export async function saveQueueState(path: string, state: QueueState, savedAt: Date): Promise<void> {
  const { maxSize, initialSize, queueLength, counters } = state
  const text = JSON.stringify({
    version: VERSION,
    max_size: maxSize,
    initial_size: initialSize,
    queue_length: queueLength,
    saved_at: savedAt.toISOString(),
    counters,
  })
  // Of its own: another server may have been given the same path.
  const unfinished = `${path}.${process.pid}.tmp`
  try {
    await writeSynced(unfinished, `${text}\n`)
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw error
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function parseState(raw: unknown): QueueState | string {
  if (!isRecord(raw)) return 'it holds no object'
  if (raw['version'] !== VERSION) return `its version is not ${VERSION}`
  const { max_size: maxSize, initial_size: initialSize, queue_length: queueLength, counters } = raw
  if (!isCount(initialSize) || initialSize > MAX_SIZE) return 'its initial_size is no size'
  // Nobody could wait then; that can only be meant where the settings say so too.
  if (!isCount(maxSize) || maxSize > MAX_SIZE || (maxSize === 0 && initialSize !== 0)) return 'its max_size is no size'
  if (!isCount(queueLength)) return 'its queue_length is no number of requests'
  if (!isRecord(counters)) return 'it has no counters'
  const { admitted, refused } = counters
  if (!isCount(admitted) || !isCount(refused)) return 'its counters are no numbers of requests'
  return { maxSize, initialSize, queueLength, counters: { admitted, refused } }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

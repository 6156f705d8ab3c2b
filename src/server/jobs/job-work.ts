import type { Clock, Milliseconds } from '../../core/clock.ts'

/** What the work on a task gives. */
export interface JobResult {
  /** Words in all texts of the payload. */
  readonly words: number
}

/** The longest `wait_ms` that is heeded. */
const MAX_WAIT_MS: Milliseconds = 10_000

/**
 * Does the work of one task: counts the words of its payload.
 *
 * Two entries of the payload stand for what real work may do: `wait_ms` takes so long, at most 10 s, and `fail: true` fails.
 *
 * @param payload JSON
 * @throws when the payload says so
 */
export async function performJob(payload: unknown, clock: Clock): Promise<JobResult> {
  const { wait_ms: waitMs, fail } = Object(payload) as Readonly<Record<string, unknown>> // any value may be asked
  if (typeof waitMs === 'number' && waitMs > 0) {
    await new Promise<void>((resolve) => clock.schedule(Math.min(waitMs, MAX_WAIT_MS), resolve))
  }
  if (fail === true) throw new Error('the payload asks to fail')
  return { words: countWords(payload) }
}

/** A list of what is left instead of a recursion: a payload may be nested deeper than a stack. */
function countWords(payload: unknown): number {
  const left = [payload]
  let words = 0
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'string') words += value.match(/[\p{L}\p{N}]+/gu)?.length ?? 0
    else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) left.push(part)
  }
  return words
}

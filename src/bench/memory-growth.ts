import type { Run, TimelineEntry } from '../core/report.ts'
import { type MeanInterval, meanInterval } from '../stats/confidence.ts'

/** A heap that is new grows for a while whatever the requests leave behind: the first half of the phase is not looked at. */
const LEAST_SECONDS = 40
/** Stretches whose growths are compared; a heap grows and shrinks within each of them. */
const STRETCHES = 5

/**
 * By how many bytes the resident memory of all workers grew for each request, in the second half of a phase.
 *
 * @returns null for a phase below 40 s, when memory was not seen, or a worker was replaced meanwhile. A growth whose interval
 *   holds 0 is none
 */
export function memoryGrowth({ timeline }: Run): MeanInterval | null {
  if (timeline.length < LEAST_SECONDS) return null
  // The last entry is a part of a second.
  const half = timeline.slice(Math.floor(timeline.length / 2), -1)
  const first = residentBytes(half[0])
  const bytes = half.map((second) => residentBytes(second, first?.pids))
  const requests = half.map(({ throughputPerS }) => throughputPerS)
  const growths = Array.from({ length: STRETCHES }, (_, stretch) => {
    const [from, to] = [boundary(stretch, half.length), boundary(stretch + 1, half.length)]
    const [before, after] = [bytes[from], bytes[to]]
    const served = requests.slice(from + 1, to + 1).reduce((sum, each) => sum + each, 0)
    return before == null || after == null || served <= 0 ? null : (after.sum - before.sum) / served
  })
  return bytes.includes(null) || growths.includes(null) ? null : meanInterval(growths.flatMap((each) => each ?? []))
}

function boundary(stretch: number, seconds: number): number {
  return Math.round((stretch * (seconds - 1)) / STRETCHES)
}

/** Of all workers at the end of a second; null when it is not known of one, or they are not those of `pids`. */
function residentBytes(
  second: TimelineEntry | undefined,
  pids?: string,
): { readonly sum: number; readonly pids: string } | null {
  const workers = (second?.workers ?? []).filter(({ role }) => role === 'worker')
  const bytes = workers.flatMap(({ rssBytes }) => rssBytes ?? [])
  const found = workers
    .map(({ pid }) => pid)
    .toSorted((a, b) => a - b)
    .join()
  if (workers.length === 0 || bytes.length < workers.length || (pids !== undefined && found !== pids)) return null
  return { sum: bytes.reduce((sum, each) => sum + each, 0), pids: found }
}

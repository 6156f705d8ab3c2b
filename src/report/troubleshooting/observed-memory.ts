import type { Report, Run } from '../../core/report.ts'

/** Shorter runs grow because they begin. */
const LEAST_SECONDS = 30
/** Less is the noise of a garbage collector. */
const LEAST_GROWTH_BYTES = 16 * 1_048_576
const LEAST_GROWTH_FRACTION = 0.1

/** Memory of all processes of the target at the end, of what the machine allows, 0..1; null when it was not seen. */
export function memoryShare({ targetUse }: Run, { host }: Report): number | null {
  return targetUse === null ? null : (targetUse.pssBytes ?? targetUse.rssBytes) / host.memory.limitBytes
}

/** Resident memory of the workers at two times of a run. */
export interface MemoryGrowth {
  readonly fromBytes: number
  readonly toBytes: number
  readonly seconds: number
}

/**
 * How much more memory the workers had in the last quarter of a run than in its second, of those that lived all the time:
 * one that was replaced begins small again. The first quarter is left out, because caches and heaps fill up in it.
 *
 * @returns null when they did not grow by 10 % and 16 MiB, and for runs of less than 30 s
 */
export function memoryGrowth({ timeline }: Run): MemoryGrowth | null {
  const seconds = timeline.flatMap(({ workers }) => (workers === undefined ? [] : [workers]))
  if (seconds.length < LEAST_SECONDS) return null
  const quarter = Math.floor(seconds.length / 4)
  const residentIn = (from: number, to: number): Map<number, number> => {
    const seen = seconds.slice(from, to).flat()
    const told = seen.flatMap(({ pid, role, rssBytes }) =>
      role === 'worker' && rssBytes !== null ? [{ pid, rssBytes }] : [],
    )
    const byPid = Map.groupBy(told, ({ pid }) => pid)
    return new Map([...byPid].map(([pid, all]) => [pid, all.reduce((sum, one) => sum + one.rssBytes, 0) / all.length]))
  }
  const early = residentIn(quarter, 2 * quarter)
  const late = residentIn(seconds.length - quarter, seconds.length)
  const lasting = [...early.keys()].filter((pid) => late.has(pid))
  const total = (resident: ReadonlyMap<number, number>): number =>
    lasting.reduce((sum, pid) => sum + (resident.get(pid) ?? 0), 0)
  const [fromBytes, toBytes] = [total(early), total(late)]
  const grown = toBytes - fromBytes
  const isGrown = grown >= LEAST_GROWTH_BYTES && grown >= LEAST_GROWTH_FRACTION * fromBytes
  return isGrown ? { fromBytes, toBytes, seconds: seconds.length } : null
}

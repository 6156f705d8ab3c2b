import type { SoakReading } from './soak-messages.ts'

/** How far from the first one that counts any later reading may be. */
const BAR_FRACTION = 0.05

/** Something that the soak asks for, and whether it held. */
export interface SoakVerdict {
  readonly claim: string
  readonly held: boolean
}

/** Heap and external memory after a collection. */
export function usedBytes({ heapBytes, externalBytes }: SoakReading): number {
  return heapBytes + externalBytes
}

/** @param readings at least one: from the moment on at which caches and code are warm, oldest first */
export function judgeMemory(readings: readonly SoakReading[]): SoakVerdict {
  const [first = Number.NaN, ...later] = readings.map(usedBytes)
  const farthest = Math.max(0, ...later.map((bytes) => Math.abs(bytes / first - 1)))
  const claim = `heap + external: at most ${percent(farthest)} from the first of ${readings.length} readings, wanted ${percent(BAR_FRACTION)}`
  return { claim, held: later.length > 0 && farthest <= BAR_FRACTION }
}

/** Whether the server at rest holds on to more than it did at the start, by what there is of it. */
export function judgeLeftovers(atStart: SoakReading, atEnd: SoakReading): readonly SoakVerdict[] {
  const kinds = [...new Set([...Object.keys(atStart.resources), ...Object.keys(atEnd.resources)])]
  const counts = kinds.map((kind) => [kind, atStart.resources[kind] ?? 0, atEnd.resources[kind] ?? 0] as const)
  const all = [...counts, ['listeners', atStart.listeners, atEnd.listeners] as const]
  return all.map(([name, before, after]) => ({
    claim: `${name} at rest: ${after}, at the start ${before}`,
    held: after <= before,
  }))
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`
}

import type { Clock, Milliseconds } from '../core/clock.ts'

/** Shorter gaps are the loop itself. */
const SHORTEST_PAUSE_MS = 0.02

/** How late a request would start on this CPU for no reason of ours. */
export interface Hiccups {
  /** Lateness of an arrival at a random moment. */
  readonly p50Ms: Milliseconds
  readonly p99Ms: Milliseconds
  /** The longest pause. */
  readonly maxMs: Milliseconds
}

/** The pauses that a spin loop met with. */
export interface Pauses {
  readonly pausesMs: readonly Milliseconds[]
  readonly elapsedMs: Milliseconds
}

/** Watches an idle CPU; see `watchPauses`, and keep the duration at 200 or less where anybody waits. */
export function measureHiccups(durationMs: Milliseconds, clock: Pick<Clock, 'now'>): Hiccups {
  const { pausesMs, elapsedMs } = watchPauses(durationMs, clock)
  return {
    p50Ms: latenessQuantile(pausesMs, elapsedMs, 0.5),
    p99Ms: latenessQuantile(pausesMs, elapsedMs, 0.99),
    maxMs: Math.max(0, ...pausesMs),
  }
}

/**
 * The pauses of an idle spin loop on the current CPU: what the machine (hypervisor, interrupts, other processes) takes away.
 * Blocks the thread for `durationMs`.
 */
export function watchPauses(durationMs: Milliseconds, clock: Pick<Clock, 'now'>): Pauses {
  const pausesMs: Milliseconds[] = []
  const startedMs = clock.now()
  let lastMs = startedMs
  while (lastMs - startedMs < durationMs) {
    const nowMs = clock.now()
    if (nowMs - lastMs >= SHORTEST_PAUSE_MS) pausesMs.push(nowMs - lastMs)
    lastMs = nowMs
  }
  return { pausesMs, elapsedMs: lastMs - startedMs }
}

/**
 * The lateness that a share `quantile` of arrivals, spread evenly over `elapsedMs`, does not exceed.
 *
 * An arrival in a pause of length g waits for the rest of it, so the share Σ max(0, g − x) / elapsed of all arrivals is
 * later than x. Quantiles over the pauses themselves would not compare with lateness: nearly all of them are as short as the loop.
 */
export function latenessQuantile(
  pausesMs: readonly Milliseconds[],
  elapsedMs: Milliseconds,
  quantile: number,
): Milliseconds {
  const allowedMs = (1 - quantile) * elapsedMs
  let sumMs = 0
  const longestFirst = pausesMs.toSorted((a, b) => b - a)
  for (const [index, pauseMs] of longestFirst.entries()) {
    sumMs += pauseMs
    const latenessMs = (sumMs - allowedMs) / (index + 1)
    if (latenessMs >= (longestFirst[index + 1] ?? 0)) return latenessMs
  }
  return 0
}

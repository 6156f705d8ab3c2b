import { performance } from 'node:perf_hooks'

import type { Milliseconds } from '../core/clock.ts'

/**
 * Turns of an empty loop between two looks at the clock. Each look leaves a number behind for the collector until the optimizing
 * compiler has come to it, and a loop of looks alone would keep the collector busy.
 */
const TURNS = 500

/** Keeps the thread busy until a moment of `performance.now()`: exact to some µs. */
export function spinUntil(atMs: Milliseconds): void {
  while (performance.now() < atMs) for (let turn = 0; turn < TURNS; turn++);
}

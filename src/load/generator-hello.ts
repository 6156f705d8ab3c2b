import type { Milliseconds } from '../core/clock.ts'

/** The first message of a generator process, once, before any plan: it is up, on its CPUs. */
export interface GeneratorHello {
  readonly type: 'hello'
  /** p99 of the pauses of an idle spin loop where the generator runs. */
  readonly hiccupP99Ms: Milliseconds
}

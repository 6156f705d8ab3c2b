import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorBeat } from '../core/generator-messages.ts'
import type { SeriesValue } from '../stats/steady-state.ts'

/** What a request costs the target over time: CPU ms per answer between two beats of the generator, ten a second. */
export class CostSeries {
  readonly #values: SeriesValue[] = []
  #last: { readonly cpuMs: Milliseconds; readonly completed: number } | undefined
  #completed = 0

  /** @param cpuMs CPU time of all processes of the target so far; null when it cannot be seen, and the series stays empty */
  constructor(cpuMs: Milliseconds | null) {
    this.#last = cpuMs === null ? undefined : { cpuMs, completed: 0 }
  }

  /**
   * Adds a beat; one without an answer is counted with the next one.
   *
   * @param cpuMs CPU time of the target now; null when it cannot be seen
   */
  add({ elapsedMs, completed }: GeneratorBeat, cpuMs: Milliseconds | null): void {
    this.#completed = completed
    if (this.#last === undefined || completed <= this.#last.completed || cpuMs === null) return
    // A worker that was replaced takes its account with it.
    const usedMs = Math.max(0, cpuMs - this.#last.cpuMs)
    this.#values.push({ elapsedMs, value: usedMs / (completed - this.#last.completed) })
    this.#last = { cpuMs, completed }
  }

  /** Answers up to the last beat. */
  get completed(): number {
    return this.#completed
  }

  /** Oldest first. */
  get values(): readonly SeriesValue[] {
    return this.#values
  }
}

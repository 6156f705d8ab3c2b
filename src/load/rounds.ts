/**
 * Puts together what several processes tell at about the same time: once each of them has told something new, the latest
 * of all.
 */
export class Rounds<Told> {
  readonly #latest: (Told | undefined)[]
  readonly #awaited = new Set<number>()
  readonly #present = new Set<number>()
  readonly #onRound: (told: readonly Told[]) => void

  constructor(count: number, onRound: (told: readonly Told[]) => void) {
    this.#latest = Array.from({ length: count }, () => undefined)
    for (let index = 0; index < count; index++) this.#present.add(index)
    this.#onRound = onRound
    this.#begin()
  }

  /** What process `index` tells; of several in one round the last counts. */
  tell(index: number, told: Told): void {
    this.#latest[index] = told
    this.#awaited.delete(index)
    this.#endWhenComplete()
  }

  /** Process `index` tells nothing more, so it is not waited for; what it told last stays. */
  leave(index: number): void {
    this.#present.delete(index)
    if (this.#awaited.delete(index)) this.#endWhenComplete()
  }

  #begin(): void {
    for (const index of this.#present) this.#awaited.add(index)
  }

  #endWhenComplete(): void {
    if (this.#awaited.size > 0 || this.#present.size === 0) return
    this.#begin()
    this.#onRound(this.#latest.filter((told) => told !== undefined))
  }
}

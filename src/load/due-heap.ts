import type { Milliseconds } from '../core/clock.ts'

/** Numbers ordered by the moment at which each is due: a binary heap. */
export class DueHeap {
  readonly #moments: Milliseconds[] = []
  readonly #items: number[] = []

  /** When the first is due; Infinity when there is none. */
  get nextMs(): Milliseconds {
    return this.#moments[0] ?? Infinity
  }

  push(dueMs: Milliseconds, item: number): void {
    let place = this.#items.length
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (this.#momentAt(parent) <= dueMs) break
      this.#move(parent, place)
      place = parent
    }
    this.#put(place, dueMs, item)
  }

  /** Takes out the one that is due first; undefined when there is none. */
  shift(): number | undefined {
    const first = this.#items[0]
    const lastMs = this.#moments.pop()
    const last = this.#items.pop()
    if (lastMs === undefined || last === undefined || this.#items.length === 0) return first
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child + 1 < this.#items.length && this.#momentAt(child + 1) < this.#momentAt(child)) child++
      if (child >= this.#items.length || this.#momentAt(child) >= lastMs) break
      this.#move(child, place)
      place = child
    }
    this.#put(place, lastMs, last)
    return first
  }

  #momentAt(place: number): Milliseconds {
    return this.#moments[place] ?? Infinity
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#momentAt(from), this.#items[from] ?? 0)
  }

  #put(place: number, dueMs: Milliseconds, item: number): void {
    this.#moments[place] = dueMs
    this.#items[place] = item
  }
}

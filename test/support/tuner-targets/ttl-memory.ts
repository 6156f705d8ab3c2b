/** What a process remembers for some time, as a cache of its own in each worker does. */
export class TtlMemory {
  readonly #untilMs = new Map<number, number>()
  readonly #ttlMs: number

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs
  }

  /** Whether the key is still remembered; when not, it is from now on. */
  knows(key: number, nowMs: number): boolean {
    if ((this.#untilMs.get(key) ?? 0) > nowMs) return true
    this.#untilMs.set(key, nowMs + this.#ttlMs)
    return false
  }
}

/** The end of what a process prints, in bounded memory however much it is. */
export class OutputTail {
  readonly #limitBytes: number
  #chunks: Buffer[] = []
  #bytes = 0

  /** @param limitBytes how much is kept, at least 1 */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    // Rarely, so that many small chunks do not cost a copy each.
    if (this.#bytes > 2 * this.#limitBytes || this.#chunks.length > 1_000) this.#cut()
  }

  /** The last `limitBytes` as text; a character that was cut in two at its beginning is shown as �. */
  text(): string {
    this.#cut()
    return this.#chunks[0]?.toString('utf8') ?? ''
  }

  /** Copies, because a part of a buffer would keep the whole of it. */
  #cut(): void {
    const kept = Buffer.from(Buffer.concat(this.#chunks).subarray(-this.#limitBytes))
    this.#chunks = [kept]
    this.#bytes = kept.length
  }
}

/** Looks for a text in a body that arrives in pieces, without keeping the body. Compares bytes as they were sent, so an encoded body never matches. */
export class BodySearch {
  readonly #wanted: Buffer
  /** The end of what has been seen, one byte shorter than the text: where a match may have begun. */
  #tail: Buffer = Buffer.alloc(0)
  #isFound = false

  /** @param wanted at least one byte */
  constructor(wanted: Buffer) {
    this.#wanted = wanted
  }

  get isFound(): boolean {
    return this.#isFound
  }

  /** Takes the next piece of the body; it is not kept beyond its last few bytes. */
  push(piece: Buffer): void {
    if (this.#isFound) return
    const seen = this.#tail.length === 0 ? piece : Buffer.concat([this.#tail, piece])
    this.#isFound = seen.includes(this.#wanted)
    const tailBytes = Math.min(seen.length, this.#wanted.length - 1)
    this.#tail = Buffer.from(seen.subarray(seen.length - tailBytes))
  }
}

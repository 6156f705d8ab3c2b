/** Below this many gaps moving the items costs more than the gaps. */
const MIN_GAPS = 1_024

/** First in, first out; both ends in constant time, however long it gets. */
export class Backlog<Item> {
  #items: (Item | undefined)[] = []
  #head = 0

  get first(): Item | undefined {
    return this.#items[this.#head]
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  /** Takes out the oldest item; undefined when there is none. */
  shift(): Item | undefined {
    if (this.#head === this.#items.length) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head++] = undefined
    if (this.#head >= MIN_GAPS && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}

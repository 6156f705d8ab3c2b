/** A power of two, as every capacity is: places follow from numbers by a mask. */
const MIN_CAPACITY = 1_024

/** First in, first out; both ends in constant time, however long it gets. A ring that doubles when it is full. */
export class Backlog<Item> {
  #items: (Item | undefined)[] = emptyPlaces(MIN_CAPACITY)
  /** Numbers, from the beginning, of the oldest item and of the next one; places are their low bits. */
  #head = 0
  #tail = 0

  get first(): Item | undefined {
    return this.#items[this.#head & (this.#items.length - 1)]
  }

  push(item: Item): void {
    if (this.#tail - this.#head === this.#items.length) this.#double()
    this.#items[this.#tail & (this.#items.length - 1)] = item
    this.#tail++
  }

  /** Takes out the oldest item; undefined when there is none. */
  shift(): Item | undefined {
    if (this.#head === this.#tail) return undefined
    const place = this.#head & (this.#items.length - 1)
    const item = this.#items[place]
    this.#items[place] = undefined
    this.#head++
    return item
  }

  #double(): void {
    const oldest = this.#head & (this.#items.length - 1)
    const inOrder = [...this.#items.slice(oldest), ...this.#items.slice(0, oldest)]
    this.#tail = inOrder.length
    this.#head = 0
    this.#items = [...inOrder, ...emptyPlaces<Item>(inOrder.length)]
  }
}

function emptyPlaces<Item>(count: number): (Item | undefined)[] {
  return Array.from({ length: count }, () => undefined)
}

/** Deeper input is no sensible cache key, and would cost more to walk than it saves. */
export const MAX_KEY_DEPTH = 64
/** Characters of the canonical text; longer input is no sensible cache key. */
export const MAX_KEY_LENGTH = 1_048_576

/**
 * A text that is equal for equal inputs and different for different ones, to be hashed into a cache key.
 *
 * The order of object keys does not matter; an absent key and one that is `undefined` are the same; null and absent,
 * 1 and "1", 0 and −0 are not. Every part carries its length, so no content can pretend to be structure. The text
 * is well-formed Unicode: its UTF-8 bytes are as distinct as the text.
 *
 * @param namespace keeps the keys of one route apart from those of another
 * @param input JSON-like: null, booleans, numbers, strings, undefined, arrays and plain objects
 * @returns undefined for anything else, and beyond MAX_KEY_DEPTH or MAX_KEY_LENGTH: such input is not to be cached
 */
export function canonicalKey(namespace: string, input: unknown): string | undefined {
  const writer = new KeyWriter()
  return writer.text(namespace) && writer.value(input, 0) ? writer.written : undefined
}

/** Each method tells whether the input could be written so far. */
class KeyWriter {
  written = ''

  value(input: unknown, depth: number): boolean {
    if (depth > MAX_KEY_DEPTH) return false
    if (input === null) return this.#append('n')
    if (input === undefined) return this.#append('u')
    if (typeof input === 'boolean') return this.#append(input ? 't' : 'f')
    if (typeof input === 'number') return this.#append(`d${Object.is(input, -0) ? '-0' : String(input)};`)
    if (typeof input === 'string') return this.text(input)
    if (Array.isArray(input)) return this.#list(input, depth)
    return typeof input === 'object' && this.#record(input, depth)
  }

  text(input: string): boolean {
    // A lone surrogate has no UTF-8 form; JSON writes it as an escape.
    const escaped = input.isWellFormed() ? undefined : JSON.stringify(input)
    return this.#append(escaped === undefined ? `s${input.length}:${input}` : `e${escaped.length}:${escaped}`)
  }

  #list(items: readonly unknown[], depth: number): boolean {
    return this.#append(`a${items.length}:`) && items.every((item) => this.value(item, depth + 1))
  }

  #record(record: object, depth: number): boolean {
    const prototype: unknown = Object.getPrototypeOf(record)
    if (prototype !== Object.prototype && prototype !== null) return false
    const entries = Object.entries(record).filter((entry) => entry[1] !== undefined)
    entries.sort((left, right) => (left[0] < right[0] ? -1 : 1))
    return (
      this.#append(`o${entries.length}:`) &&
      entries.every(([key, value]) => this.text(key) && this.value(value, depth + 1))
    )
  }

  #append(part: string): boolean {
    this.written += part
    return this.written.length <= MAX_KEY_LENGTH
  }
}

import type { Share } from '../core/generator-messages.ts'

/** A run of things that are numbered from 0: connections, or requests. */
export interface Part {
  readonly first: number
  readonly count: number
}

/**
 * The part of `total` things that falls to one share: parts differ by one at most, follow each other, and together are all.
 *
 * @param total whole, 0 or more
 */
export function partOf(total: number, { index, of }: Share): Part {
  const first = Math.floor((index * total) / of)
  return { first, count: Math.floor(((index + 1) * total) / of) - first }
}

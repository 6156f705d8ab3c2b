import type { Milliseconds } from './clock.ts'

/** 1024 × 1024. */
export const BYTES_PER_MEBIBYTE = 1_048_576

const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 }
const SIZE_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  kb: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
}

/**
 * Reads `250ms`, `10s`, `1.5m`, `2h`; a bare number is taken in `bareUnitMs`.
 *
 * @returns milliseconds, 0 or more; undefined when the text is not a duration
 */
export function parseDuration(text: string, bareUnitMs: Milliseconds = 1_000): Milliseconds | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?$/i.exec(text.trim())
  if (match === null) return undefined
  const unitMs = match[2] === undefined ? bareUnitMs : DURATION_MS[match[2].toLowerCase()]
  return unitMs === undefined ? undefined : Number(match[1]) * unitMs
}

/**
 * Reads `1024`, `64k`, `10mb`, `1.5GiB` (all powers of 1024).
 *
 * @returns whole bytes; undefined when the text is not a size
 */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?i?b|[kmg])?$/i.exec(text.trim())
  if (match === null) return undefined
  const unitBytes = SIZE_BYTES[(match[2] ?? 'b').toLowerCase()]
  return unitBytes === undefined ? undefined : Math.round(Number(match[1]) * unitBytes)
}

/**
 * Reads a rate: `250`, `250/s`, `6000/min`, `60/minute`, `1000/hour`, `10/day`.
 *
 * @returns events per second, 0 or more; undefined when the text is not a rate
 */
export function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:\/\s*(s|sec|second|min|minute|h|hour|d|day))?$/i.exec(text.trim())
  if (match === null) return undefined
  const perUnitS = { s: 1, m: 60, h: 3_600, d: 86_400 }[(match[2] ?? 's').charAt(0).toLowerCase()]
  return perUnitS === undefined ? undefined : Number(match[1]) / perUnitS
}

/**
 * Reads a share: `0.5`, `50%`, `1 %`.
 *
 * @returns a fraction, 0 to 1; undefined when the text is not a share
 */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(%)?$/.exec(text.trim())
  if (match === null) return undefined
  const share = Number(match[1]) / (match[2] === undefined ? 1 : 100)
  return share <= 1 ? share : undefined
}

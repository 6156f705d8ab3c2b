import { InvalidArgumentError } from 'commander'

import { UsageError } from '../core/errors.ts'
import { parseObjective } from '../core/objective.ts'
import { BYTES_PER_MEBIBYTE, parseByteSize, parseDuration, parseRate } from '../core/units.ts'
import { MAX_DURATION_MS, MAX_RATE_PER_S } from '../core/workload.ts'

/** Bounds that keep a typing error from becoming an attack on one's own machine; those of a load are in core/workload.ts. */
const MAX_WORKERS = 100
export const MAX_REPEATS = 100
export const MAX_GENERATORS = 16

/** Reads a whole number within bounds; `orElse` tells in the message what else there is. */
export function wholeNumber(minimum: number, maximum: number, orElse = ''): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}${orElse}.`)
    }
    return value
  }
}

/** Reads a worker count, or `auto`. */
export function workerCount(text: string): number | 'auto' {
  return text === 'auto' ? 'auto' : wholeNumber(1, MAX_WORKERS, ', or auto')(text)
}

/** Reads a time; `minimumMs` 0 allows "none". */
export function duration(minimumMs: number): (text: string) => number {
  return (text) => {
    const ms = parseDuration(text)
    if (ms === undefined || ms < minimumMs || ms > MAX_DURATION_MS) {
      const least = minimumMs === 0 ? '0' : `${minimumMs}ms`
      throw new InvalidArgumentError(
        `It must be a time from ${least} to 24h, such as 500ms, 10s or 2m (a bare number is seconds).`,
      )
    }
    return ms
  }
}

/** Reads a rate in 1/s. */
export function rate(text: string): number {
  const ratePerS = parseRate(text)
  if (ratePerS === undefined || ratePerS <= 0 || ratePerS > MAX_RATE_PER_S) {
    throw new InvalidArgumentError(
      `It must be a rate above 0 and up to ${MAX_RATE_PER_S}/s, such as 250, 250/s or 6000/min.`,
    )
  }
  return ratePerS
}

/** Reads a number of CPUs, which may be a fraction. */
export function cpuCount(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0.01 || value > 1_024) {
    throw new InvalidArgumentError('It must be a number of CPUs from 0.01 to 1024, such as 0.5 or 4.')
  }
  return value
}

/** Reads the memory of a machine, in bytes. */
export function memorySize(text: string): number {
  const bytes = parseByteSize(text)
  if (bytes === undefined || !Number.isSafeInteger(bytes) || bytes < BYTES_PER_MEBIBYTE) {
    throw new InvalidArgumentError('It must be a size from 1MiB on, such as 512MiB or 32GiB.')
  }
  return bytes
}

/** What `--url` gives: a whole address, or beside `--cmd` the path of the one request. */
export type UrlFlag =
  | { readonly kind: 'address'; readonly url: URL }
  /** Path and query, beginning with `/`. */
  | { readonly kind: 'path'; readonly path: string }

/** Reads an http or https address, or a path. */
export function address(text: string): UrlFlag {
  if (/^\/(?!\/)/.test(text)) return { kind: 'path', path: text.replace(/#.*$/s, '') }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw new UsageError(`--url must not hold a user name or password, found some for ${url.host}`, {
      hint: "take them from the environment: -H 'authorization: Basic {{env.NAME}}'",
    })
  }
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('It must be an http:// or https:// address, such as http://127.0.0.1:3000/path.')
  }
  return { kind: 'address', url }
}

/** Collects `NAME=VALUE` for the environment of a command. A wrong one is not repeated: it may hold a secret. */
export function environmentEntry(
  text: string,
  sofar: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=([^\0]*)$/s.exec(text)
  if (match?.[1] === undefined) {
    throw new UsageError('--env must look like NAME=VALUE, found no such name before a "="', {
      hint: "for example: --env WEB_CONCURRENCY={workers}, or --env 'PASSWORD={{env.PASSWORD}}'",
    })
  }
  return { ...sofar, [match[1]]: match[2] ?? '' }
}

/** Collects `KEY=VALUE` settings. */
export function setting(text: string, sofar: Readonly<Record<string, string>> = {}): Record<string, string> {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text)
  if (match?.[1] === undefined) throw new InvalidArgumentError('It must look like KEY=VALUE.')
  return { ...sofar, [match[1]]: match[2] ?? '' }
}

/** Collects objectives, each checked at once. */
export function objective(text: string, sofar: readonly string[] = []): readonly string[] {
  parseObjective(text)
  return [...sofar, text]
}

/** Collects a repeatable text. */
export function collect(text: string, sofar: readonly string[] = []): readonly string[] {
  return [...sofar, text]
}

import { hasReference } from '../core/environment-references.ts'
import { UsageError } from '../core/errors.ts'
import { HEADER_NAME } from '../core/request-text.ts'
import { isSecretName } from '../core/secrets.ts'

/** What one `-H` gives. */
export type HeaderFlag =
  | { readonly kind: 'literal'; readonly name: string; readonly value: string }
  | { readonly kind: 'file'; readonly path: string }

const HINT = "take it from the environment: -H 'authorization: Bearer {{env.TOKEN}}', or from a file: -H @headers.txt"

/**
 * Collects headers: `name: value`, or `@file` with one such line each. Wrong ones are not repeated in the message, because
 * they may hold a secret.
 *
 * @throws {UsageError} also for a secret that stands there itself: all users of a machine can read its command lines
 */
export function collectHeader(text: string, sofar: readonly HeaderFlag[] = []): readonly HeaderFlag[] {
  if (text.startsWith('@')) return [...sofar, { kind: 'file', path: text.slice(1) }]
  const { name, value } = parseHeader(text, '-H')
  if (isSecretName(name) && value !== '' && !hasReference(value)) {
    throw new UsageError(`-H ${name}: a secret must not stand on the command line, where others can read it`, {
      hint: HINT,
    })
  }
  return [...sofar, { kind: 'literal', name, value }]
}

/**
 * Name (in lower case) and value of a header line.
 *
 * @param where the flag in words, for the message, which does not repeat the line
 * @throws {UsageError} for a line that is no header
 */
export function parseHeader(text: string, where: string): { readonly name: string; readonly value: string } {
  const end = text.indexOf(':')
  const name = text.slice(0, Math.max(end, 0))
  if (!HEADER_NAME.test(name)) {
    throw new UsageError(
      `${where} found no header; it must look like "name: value"${where === '-H' ? ', or @file' : ''}`,
      {
        hint: "for example: -H 'accept: application/json'",
      },
    )
  }
  return { name: name.toLowerCase(), value: text.slice(end + 1).replace(/^[ \t]+/, '') }
}

import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'

/** The text of a file, or why there is none; `line` is where it stops to be one, from 1. */
export type TextFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' | 'unreadable'; readonly cause: unknown }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'binary' | 'not-utf-8'; readonly line: number }

/** Reads a file of UTF-8 text, with or without a byte order mark; one of more than `maxBytes` is not read at all. */
export function readTextFile(file: string, maxBytes: number): TextFile {
  let bytes: Buffer
  try {
    if (statSync(file).size > maxBytes) return { kind: 'too-large' }
    bytes = readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // what node:fs throws
    return { kind: code === 'ENOENT' ? 'missing' : 'unreadable', cause: error }
  }
  if (bytes.length > maxBytes) return { kind: 'too-large' } // a pipe, or it has grown
  const isBinary = bytes.includes(0)
  if (!isBinary && isUtf8(bytes)) return { kind: 'text', text: new TextDecoder().decode(bytes) }
  const [before = ''] = bytes.toString().split(isBinary ? '\0' : '\uFFFD', 1)
  return { kind: isBinary ? 'binary' : 'not-utf-8', line: before.split('\n').length }
}

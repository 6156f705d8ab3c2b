import { printable, wrap } from '../terminal-text.ts'

/** Longer lines are hard to read in an editor. */
const TEXT_WIDTH = 100

/**
 * Foreign texts as comments that nothing in them can end: without controls, line breaks of any kind, and empty lines.
 *
 * @param mark what begins a comment, with the indentation before it: `#`, `      //`
 */
export function commentLines(mark: string, texts: readonly string[]): readonly string[] {
  return texts
    .map((text) => printable(text).trim())
    .filter((text) => text !== '')
    .flatMap((text) => wrap(text, TEXT_WIDTH))
    .map((line) => `${mark} ${line}`)
}

/** Two lines that no report has a say in: Python reads the encoding of a file out of a comment there. */
const HEAD: readonly string[] = [
  'Written by tune export: each value stands below what it rests on.',
  'It holds for the program and the machine that were measured: measure again when they change.',
]

/** The comment that a file begins with. */
export function headLines(mark: string, texts: readonly string[]): readonly string[] {
  return commentLines(mark, [...HEAD, ...texts])
}

/** Something to be set, and what it rests on. */
export interface Evident {
  readonly isSure: boolean
  readonly evidence: readonly string[]
}

/**
 * A setting below its evidence; one that is not sure is a comment too.
 *
 * @param line the setting in the syntax of the file, already quoted, on one line, with its indentation
 */
export function settingLines(mark: string, { isSure, evidence }: Evident, line: string): readonly string[] {
  const comment = commentLines(mark, evidence)
  return [...comment, isSure ? line : `${mark} not set, because its confidence is low: ${line.trim()}`]
}

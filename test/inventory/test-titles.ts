import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** One test by its name; what a template fills in is `…`. */
export interface TestTitle {
  /** Below test/. */
  readonly file: string
  readonly title: string
  /** The numbers that the name begins with: `CA05 a thousand …`, `CA05, CB06 …`. */
  readonly numbers: readonly string[]
}

const TESTS = resolve(import.meta.dirname, '..')

/** A name in quotes of any kind, after `test(`. */
const TITLE = /\btest\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g

/** What follows the name of a test that never runs; one that only some systems can run has a condition there. */
const SKIPPED = /^\s*,\s*\{[^}]*\b(?:skip|todo):\s*(?:true\b|['"`])[^}|&?]*\}/

/** A table of which a test is made each: the number fills a gap in their name, and is the first of a row. */
const GAP_FOR_NUMBER = /^(?:[A-Z]{1,2}\d\d,? )*…/
const NUMBERED_ROW = /\[\s*'([A-Z]{1,2}\d\d)',/g

const NUMBERS = /^[A-Z]{1,2}\d\d(?:(?:,| and|\/)? ?[A-Z]{1,2}\d\d)*/

/** The names of all tests, slow ones too, read from their sources: nothing is run. */
export function testTitles(): readonly TestTitle[] {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:test|slow)\.ts$/.test(path) && !path.startsWith('inventory'))
    .sort()
  return files.flatMap((file) => {
    const titles = new Set(titlesOf(readFileSync(join(TESTS, file), 'utf8')))
    return [...titles].map((title) => ({ file, title, numbers: numbersOf(title) }))
  })
}

/** The names of the tests in a source, and the numbers in tables of them; without those that never run. */
export function titlesOf(source: string): readonly string[] {
  const named = [...source.matchAll(TITLE)]
    .filter((match) => !SKIPPED.test(source.slice(match.index + match[0].length)))
    .map((match) => plain(match[1] ?? match[2] ?? match[3] ?? ''))
  if (!named.some((title) => GAP_FOR_NUMBER.test(title))) return named
  return [...named, ...[...source.matchAll(NUMBERED_ROW)].map((match) => match[1] ?? '')]
}

/** The tests that a reference means: an exact number (`CA05`), or a part of a name. */
export function referenced(titles: readonly TestTitle[], reference: string): readonly TestTitle[] {
  const isNumber = /^[A-Z]{1,2}\d\d$/.test(reference)
  return titles.filter(({ title, numbers }) => (isNumber ? numbers.includes(reference) : title.includes(reference)))
}

function plain(source: string): string {
  return source.replaceAll(/\$\{[^}]*\}?/g, '…').replaceAll(/\\(.)/g, '$1')
}

function numbersOf(title: string): readonly string[] {
  return NUMBERS.exec(title)?.[0].match(/[A-Z]{1,2}\d\d/g) ?? []
}

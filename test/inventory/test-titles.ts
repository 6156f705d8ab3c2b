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

/** A number at the beginning of any text: rows of tables, of which a test is made each, have them too. */
const NUMBERED_TEXT = /['"`]([A-Z]{1,2}\d\d(?:(?:,| and|\/)? ?[A-Z]{1,2}\d\d)*(?=[\s:'"`])[^'"`\n]*)/g
const NUMBERS = /^[A-Z]{1,2}\d\d(?:(?:,| and|\/)? ?[A-Z]{1,2}\d\d)*/

/** The names of all tests, slow ones too, read from their sources: nothing is run. */
export function testTitles(): readonly TestTitle[] {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:test|slow)\.ts$/.test(path) && !path.startsWith('inventory'))
    .sort()
  return files.flatMap((file) => {
    const source = readFileSync(join(TESTS, file), 'utf8')
    const named = [...source.matchAll(TITLE)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    const numbered = [...source.matchAll(NUMBERED_TEXT)].map((match) => match[1] ?? '')
    const titles = new Set([...named, ...numbered].map(plain))
    return [...titles].map((title) => ({ file, title, numbers: numbersOf(title) }))
  })
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

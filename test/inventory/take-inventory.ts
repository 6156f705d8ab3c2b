import { ACCEPTANCE, NOT_NAMED } from './acceptance.ts'
import { CHECKLIST } from './checklist.ts'
import type { Standing } from './standing.ts'
import { referenced } from './test-titles.ts'
import type { TestTitle } from './test-titles.ts'

/** One item as the table shows it. */
export interface Row {
  readonly id: string
  readonly what: string
  /** `missing`: nothing is known of it, and the inventory fails. */
  readonly standing: 'shown' | 'reason' | 'planned' | 'missing'
  /** The tests, the reason, or the issue. */
  readonly evidence: readonly string[]
}

/** All items, and what is wrong with the inventory itself: one line each. */
export interface Inventory {
  readonly rows: readonly Row[]
  readonly problems: readonly string[]
}

/** How many items each document has: research/server.md section 1. */
const DOCUMENTS: Readonly<Record<string, number>> = { G: 29, V: 45, H: 28, A: 18, E: 19 }

/** Sets tests against items: by the numbers in their names, and by what somebody has judged. */
export function takeInventory(titles: readonly TestTitle[]): Inventory {
  const named = (reference: string): readonly string[] =>
    referenced(titles, reference).map(({ file, title }) => `${file}: ${title}`)
  const acceptanceIds = ACCEPTANCE.flatMap(([letters, about, count]) =>
    idsOf(letters, count).map((id) => [id, about] as const),
  )
  const acceptance = acceptanceIds.map(([id, about]) => rowOf(id, about, NOT_NAMED[id], named(id)))
  const byId = new Map(acceptance.map((row) => [row.id, row]))
  const problems: string[] = []
  const evidenceOf = (id: string, reference: string): Row | undefined => {
    const row = byId.get(reference)
    if (row !== undefined) return row
    const found = named(reference)
    if (found.length > 0) return { id: reference, what: '', standing: 'shown', evidence: found }
    problems.push(`${id}: no test is named "${reference}"`)
    return undefined
  }
  const checklist = Object.entries(DOCUMENTS)
    .flatMap(([letter, count]) => idsOf(letter, count))
    .map((id): Row => {
      const [what, standing] = CHECKLIST[id] ?? ['']
      if (standing?.kind !== 'shown') return rowOf(id, what, standing, named(id))
      const parts = standing.by.map((reference) => evidenceOf(id, reference))
      const evidence = parts.flatMap((part) => (part === undefined ? [] : [part.evidence[0] ?? part.id]))
      return { id, what, standing: weakest(parts), evidence }
    })
  const rows = [...checklist, ...acceptance]
  const known = new Set(rows.map(({ id }) => id))
  return {
    rows,
    problems: [...problems, ...staleEntries(known, named), ...strayNumbers(known, titles), ...missing(rows)],
  }
}

/** Totals of each letter: how many items are shown, have a reason, are planned, are missing. */
export function totals(rows: readonly Row[]): readonly (readonly [letters: string, ...counts: number[]])[] {
  const letters = [...new Set(rows.map(({ id }) => lettersOf(id)))]
  const count = (of: string | undefined, standing: Row['standing']): number =>
    rows.filter((row) => row.standing === standing && (of === undefined || lettersOf(row.id) === of)).length
  const countsOf = (of?: string): number[] =>
    (['shown', 'reason', 'planned', 'missing'] as const).map((standing) => count(of, standing))
  return [...letters.map((each) => [each, ...countsOf(each)] as const), ['all', ...countsOf()] as const]
}

function rowOf(id: string, what: string, standing: Standing | undefined, tests: readonly string[]): Row {
  if (tests.length > 0) return { id, what, standing: 'shown', evidence: tests }
  if (standing?.kind === 'reason') return { id, what, standing: 'reason', evidence: [standing.why] }
  if (standing?.kind === 'planned') return { id, what, standing: 'planned', evidence: [standing.where] }
  return { id, what, standing: 'missing', evidence: [] }
}

/** An item is shown when all of its parts are. */
function weakest(parts: readonly (Row | undefined)[]): Row['standing'] {
  const standings = new Set(parts.map((part) => part?.standing ?? 'missing'))
  return (['missing', 'planned'] as const).find((standing) => standings.has(standing)) ?? 'shown'
}

/** Entries that say why there is no test, where there is one. */
function staleEntries(known: ReadonlySet<string>, named: (id: string) => readonly string[]): readonly string[] {
  const judged = [
    ...Object.entries(CHECKLIST).map(([id, [, standing]]) => [id, standing] as const),
    ...Object.entries(NOT_NAMED),
  ]
  return judged.flatMap(([id, standing]) => {
    if (!known.has(id)) return [`${id} is no item of the research`]
    const tests = standing.kind === 'shown' ? [] : named(id)
    return tests.length === 0 ? [] : [`${id} is said to be without a test, and there is ${tests[0]}: delete its entry`]
  })
}

function strayNumbers(known: ReadonlySet<string>, titles: readonly TestTitle[]): readonly string[] {
  const prefixes = new Set([...known].map(lettersOf))
  return titles.flatMap(({ file, title, numbers }) =>
    numbers
      .filter((id) => !known.has(id) && prefixes.has(lettersOf(id)))
      .map((id) => `${file}: "${title}" is named after ${id}, which is no item of the research`),
  )
}

function missing(rows: readonly Row[]): readonly string[] {
  return rows
    .filter(({ standing }) => standing === 'missing')
    .map(({ id, what }) => `${id} (${what}) has no test, no reason and no plan`)
}

function idsOf(letters: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => letters + String(index + 1).padStart(2, '0'))
}

function lettersOf(id: string): string {
  return id.replace(/\d+$/, '')
}

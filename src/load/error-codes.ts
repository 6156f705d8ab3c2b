/** How many error codes are told apart; the rest is counted as `other`. */
const MAX_ERROR_CODES = 20

/** What is counted under this code while `known` are told apart already: itself, or `other`. */
export function errorKey(known: ReadonlyMap<string, number>, code: string): string {
  return known.has(code) || known.size < MAX_ERROR_CODES ? code : 'other'
}

/** The same errors with at most 20 codes, the most frequent; the rest under `other`. */
export function cappedErrors(errors: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const { other = 0, ...codes } = errors
  const mostFirst = Object.entries(codes).sort(([, a], [, b]) => b - a)
  const rest = mostFirst.slice(MAX_ERROR_CODES).reduce((sum, [, count]) => sum + count, other)
  return { ...Object.fromEntries(mostFirst.slice(0, MAX_ERROR_CODES)), ...(rest === 0 ? {} : { other: rest }) }
}

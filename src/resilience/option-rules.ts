/** The range one numeric option must lie in; both ends belong to it. */
export interface OptionRule {
  readonly name: string
  readonly value: number
  readonly min: number
  readonly max?: number
  readonly isWhole?: boolean
}

/**
 * Checks all options of one component at once.
 *
 * @param owner the name of the component, for the message
 * @throws {RangeError} naming every option out of range, what was expected and what was found
 */
export function checkOptions(owner: string, rules: readonly OptionRule[]): void {
  const problems = rules.filter((rule) => !isKept(rule)).map(describe)
  if (problems.length > 0) throw new RangeError(`${owner}: ${problems.join('; ')}`)
}

function isKept({ value, min, max = Number.MAX_VALUE, isWhole = false }: OptionRule): boolean {
  return value >= min && value <= max && (!isWhole || Number.isSafeInteger(value))
}

function describe({ name, value, min, max, isWhole = false }: OptionRule): string {
  const range = max === undefined ? `${min} or more` : `from ${min} to ${max}`
  return `${name} must be a ${isWhole ? 'whole ' : ''}number, ${range}, got ${String(value)}`
}

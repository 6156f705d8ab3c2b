import { nearest } from '../core/nearest.ts'

/** A problem as the schema validator reports it. */
export interface Issue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly message: string
  /** Of `unrecognized_keys`. */
  readonly keys?: readonly string[]
  /** Of `invalid_type`. */
  readonly expected?: string
  /** Of `invalid_value`. */
  readonly values?: readonly unknown[]
  /** Of `too_small` and `too_big`. */
  readonly origin?: string
  readonly minimum?: unknown
  readonly maximum?: unknown
  readonly inclusive?: boolean
  /** Of `invalid_union`: what each of the alternatives has against the value. */
  readonly errors?: readonly (readonly Issue[])[]
  /** Of `invalid_key`. */
  readonly issues?: readonly Issue[]
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
}

/** More of a value would hide the message. */
const MAX_SHOWN = 60

/** Replaces each union by what the alternative that comes nearest has against the value, with whole paths. */
export function flattenIssues(issues: readonly Issue[], prefix: readonly PropertyKey[]): readonly Issue[] {
  return issues.flatMap((issue): readonly Issue[] => {
    const path = [...prefix, ...issue.path]
    const { errors = [] } = issue
    if (issue.code !== 'invalid_union' || errors.length === 0) return [{ ...issue, path }]
    const branches = errors.map((branch) => flattenIssues(branch, []))
    const best = branches.reduce((left, right) => (distance(right) < distance(left) ? right : left))
    if (distance(best) < WRONG_TYPE) return flattenIssues(best, path)
    const types = branches
      .flat()
      .flatMap(({ path: { length }, expected }) => (length === 0 && expected ? [expected] : []))
    return [{ code: 'invalid_type', path, message: issue.message, expected: [...new Set(types)].join(' ') }]
  })
}

const WRONG_TYPE = 1_000

function distance(branch: readonly Issue[]): number {
  const weights = branch.map(({ code, path, keys }) =>
    code === 'invalid_type' && path.length === 0 ? WRONG_TYPE : (keys?.length ?? 1),
  )
  return weights.reduce((sum, weight) => sum + weight, 0)
}

/** What is wrong, to be read behind the name of the key. */
export function describeIssue(issue: Issue, value: unknown): string {
  switch (issue.code ?? '') {
    case 'invalid_type':
      return `${value === undefined ? 'is missing; it ' : ''}must be ${typesOf(issue.expected ?? '')}`
    case 'invalid_value':
      return choiceOf(issue.values ?? [], value)
    case 'too_small':
      return `must ${boundOf(issue, 'at least', 'above', issue.minimum)}`
    case 'too_big':
      return `must ${boundOf(issue, 'at most', 'below', issue.maximum)}`
    case 'invalid_key':
      return issue.issues?.[0]?.message ?? 'is not allowed as a name'
    default:
      return value === undefined && issue.message.startsWith('must ')
        ? `is missing; it ${issue.message}`
        : issue.message
  }
}

/** A value of the file as messages show it. */
export function shown(value: unknown): string {
  if (value === undefined || typeof value === 'function') return `a ${typeof value}`
  if (value === null) return 'nothing'
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

function typesOf(expected: string): string {
  const words = expected.split(' ').map((type) => TYPES[type] ?? type)
  return [...new Set(words)].join(' or ')
}

function choiceOf(values: readonly unknown[], value: unknown): string {
  const allowed = values.map(String)
  const guess = typeof value === 'string' ? nearest(value, allowed) : undefined
  const advice = guess === undefined ? '' : `; did you mean ${guess}?`
  const missing = value === undefined ? 'is missing; it ' : ''
  return `${missing}must be ${allowed.length === 1 ? '' : 'one of '}${allowed.join(', ')}${advice}`
}

function boundOf({ origin, inclusive }: Issue, atLeast: string, above: string, bound: unknown): string {
  const limit = `${inclusive === false ? above : atLeast} ${String(bound)}`
  if (origin === 'string') return Number(bound) === 1 ? 'not be empty' : `have ${limit} characters`
  return origin === 'array' ? `have ${limit} ${Number(bound) === 1 ? 'entry' : 'entries'}` : `be ${limit}`
}

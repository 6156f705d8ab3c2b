import { scenarioJsonSchema } from '../core/json-schema.ts'
import { nearest } from '../core/nearest.ts'
import { describeIssue, flattenIssues, type Issue, shown } from './scenario-issues.ts'
import type { ScenarioSource } from './scenario-source.ts'

/** A problem as the user reads it; without a place when the source is no text. */
interface Problem {
  readonly line: number
  readonly column: number
  readonly text: string
}

/**
 * How many problems there are, and the first `most` of them in the order of the file, each as one line: where it is, which
 * key, what was found, and what is allowed.
 */
export function explainProblems(
  issues: readonly Issue[],
  source: ScenarioSource,
  most: number,
): { readonly count: number; readonly first: readonly string[] } {
  const distinct = eachOnce(flattenIssues(issues, []))
  const problems = distinct.flatMap((issue) => problemsOf(issue, source, most))
  const left = distinct.reduce((sum, { keys = [] }) => sum + Math.max(0, keys.length - most), 0)
  const once = new Map(problems.map((problem) => [JSON.stringify(problem), problem]))
  const first = [...once.values()]
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .slice(0, most)
    .map(({ line, column, text }) => (line === 0 ? text : `line ${line}, column ${column}: ${text}`))
  return { count: once.size + left, first }
}

/** A value that breaks one rule twice, such as a number that is too large for its range and for any, is told once, as the last says. */
function eachOnce(issues: readonly Issue[]): readonly Issue[] {
  const last = new Map<string, Issue>()
  for (const issue of issues) {
    const { code, path, message } = issue
    last.set(JSON.stringify([code, path.join('.'), code === 'custom' ? message : '']), issue)
  }
  return [...last.values()]
}

/** Of the keys that nobody knows, which come in the order of the file, the first `most`. */
function problemsOf(issue: Issue, source: ScenarioSource, most: number): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).slice(0, most).map((key) => unknownKey(issue.path, key, source))
  }
  const value = source.valueOf(issue.path)
  const misspelt = value === undefined ? misspeltKey(issue.path, source) : undefined
  // It is told as an unknown key; that the right one is missing follows from that.
  if (misspelt !== undefined) return [unknownKey(issue.path.slice(0, -1), misspelt, source)]
  const message = describeIssue(issue, value)
  const saysWhat =
    value === undefined || issue.code === 'invalid_key' || issue.path.length === 0 || tells(message, value)
  const found = saysWhat ? '' : ` (found ${shown(value)})`
  const place = placeOf(source, issue.path, issue.code === 'invalid_key')
  return [{ ...place, text: `${pathText(issue.path)} ${message}${found}` }]
}

function placeOf(source: ScenarioSource, path: readonly PropertyKey[], ofKey: boolean): Omit<Problem, 'text'> {
  return source.placeOf(path, ofKey) ?? { line: 0, column: 0 }
}

function unknownKey(parent: readonly PropertyKey[], key: string, source: ScenarioSource): Problem {
  const allowed = allowedKeysAt(parent, source)
  const guess = nearest(key, allowed)
  const advice = guess === undefined ? `allowed: ${allowed.join(', ')}` : `did you mean "${guess}"?`
  const path = [...parent, key]
  return { ...placeOf(source, path, true), text: `${pathText(path)} is not a known key; ${advice}` }
}

/** A key beside the missing one that nobody knows and that is nearly it. */
function misspeltKey(missing: readonly PropertyKey[], source: ScenarioSource): string | undefined {
  const parent = source.valueOf(missing.slice(0, -1))
  const name = missing.at(-1)
  if (typeof parent !== 'object' || parent === null || typeof name !== 'string') return undefined
  const allowed = allowedKeysAt(missing.slice(0, -1), source)
  return Object.keys(parent).find((key) => !allowed.includes(key) && nearest(key, allowed) === name)
}

function tells(message: string, value: unknown): boolean {
  const isShort = typeof value === 'string' || typeof value === 'number'
  return message.startsWith('uses ') || (isShort && message.includes(String(value)))
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the document'
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('')
}

type SchemaNode = Readonly<Record<string, unknown>>

/** Made when it is first needed, which is only for a file that is wrong. */
let publishedSchema: SchemaNode | undefined

/** The property names that the JSON Schema allows at a path, of the branches of unions that fit what was found there. */
function allowedKeysAt(path: readonly PropertyKey[], source: ScenarioSource): readonly string[] {
  let branches = expand((publishedSchema ??= scenarioJsonSchema()))
  for (const [index, part] of path.entries()) {
    const next = branches.flatMap((branch) => expand(childOf(branch, part)))
    branches = fitting(next, source.valueOf(path.slice(0, index + 1)))
  }
  return [...new Set(branches.flatMap((branch) => Object.keys(propertiesOf(branch))))]
}

function childOf(branch: SchemaNode, part: PropertyKey): unknown {
  if (typeof part === 'number') return branch['items']
  return propertiesOf(branch)[String(part)] ?? branch['additionalProperties']
}

function propertiesOf(branch: SchemaNode): Readonly<Record<string, unknown>> {
  return (branch['properties'] as Record<string, unknown> | undefined) ?? {}
}

/** Leaves out the kinds of a phase that this one is not. */
function fitting(branches: readonly SchemaNode[], value: unknown): readonly SchemaNode[] {
  if (typeof value !== 'object' || value === null) return branches
  const found = value as Readonly<Record<string, unknown>> // any object may be asked for any key
  const fit = branches.filter((branch) =>
    Object.entries(propertiesOf(branch)).every(([key, schema]) => {
      const expected = (schema as SchemaNode)['const']
      return expected === undefined || expected === found[key]
    }),
  )
  return fit.length === 0 ? branches : fit
}

function expand(schema: unknown): readonly SchemaNode[] {
  if (typeof schema !== 'object' || schema === null) return []
  const node = schema as SchemaNode // a JSON Schema node is a plain object
  const unions = [node['anyOf'], node['oneOf']].flatMap((union) => (Array.isArray(union) ? (union as unknown[]) : []))
  return unions.length === 0 ? [node] : unions.flatMap((branch) => expand(branch))
}

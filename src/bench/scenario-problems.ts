import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml'

import { scenarioJsonSchema } from '../core/json-schema.ts'
import { nearest } from '../core/nearest.ts'

/** A problem as the schema validator reports it. */
interface Issue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
}

/** One line per problem: where in the file, which key, what was found, and the nearest allowed key. */
export function explainProblems(issues: readonly Issue[], document: Document, lines: LineCounter): readonly string[] {
  const problems = issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      return (issue.keys ?? []).map((key) => {
        const allowed = allowedKeysAt(scenarioJsonSchema(), issue.path)
        const guess = nearest(key, allowed)
        const advice = guess === undefined ? `allowed: ${allowed.join(', ')}` : `did you mean "${guess}"?`
        const path = [...issue.path, key]
        return { ...position(document, lines, path, true), text: `${pathText(path)} is not a known key; ${advice}` }
      })
    }
    const value: unknown = document.getIn(issue.path as unknown[])
    const found =
      value === undefined || isNode(value) || /got /.test(issue.message) ? '' : ` (found ${JSON.stringify(value)})`
    return [
      {
        ...position(document, lines, issue.path, false),
        text: `${pathText(issue.path)} ${lowerFirst(issue.message)}${found}`,
      },
    ]
  })
  return problems
    .sort((left, right) => left.line - right.line || left.column - right.column)
    .map(({ line, column, text }) => `line ${line}, column ${column}: ${text}`)
}

interface Position {
  readonly line: number
  readonly column: number
}

interface Problem extends Position {
  readonly text: string
}

function position(document: Document, lines: LineCounter, path: readonly PropertyKey[], ofKey: boolean): Position {
  for (let length = path.length; length >= 0; length--) {
    const at = path.slice(0, length)
    const offset = ofKey && length === path.length ? keyOffset(document, at) : valueOffset(document, at)
    if (offset !== undefined) {
      const { line, col } = lines.linePos(offset)
      return { line, column: col }
    }
  }
  return { line: 1, column: 1 }
}

function keyOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1) as unknown[], true)
  if (!isMap(parent)) return undefined
  const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1))
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
}

function valueOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path as unknown[], true)
  return isNode(node) ? node.range?.[0] : undefined
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the document'
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('')
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** The property names that the JSON Schema allows at a path; every branch of a union counts. */
function allowedKeysAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let branches = expand(schema)
  for (const part of path) {
    branches = branches.flatMap((branch) =>
      expand(
        typeof part === 'number'
          ? branch['items']
          : (branch['properties'] as Record<string, unknown> | undefined)?.[String(part)],
      ),
    )
  }
  return [...new Set(branches.flatMap((branch) => Object.keys((branch['properties'] as object | undefined) ?? {})))]
}

function expand(schema: unknown): readonly Record<string, unknown>[] {
  if (typeof schema !== 'object' || schema === null) return []
  const node = schema as Record<string, unknown> // a JSON Schema node is a plain object
  const unions = [node['anyOf'], node['oneOf']].flatMap((union) => (Array.isArray(union) ? (union as unknown[]) : []))
  return unions.length === 0 ? [node] : unions.flatMap((branch) => expand(branch))
}

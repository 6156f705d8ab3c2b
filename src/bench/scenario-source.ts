import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'

import { ScenarioError } from '../core/errors.ts'

/** A place in a text; line and column count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A scenario before it is validated, and where its parts stand. */
export interface ScenarioSource {
  readonly value: unknown
  /** What was found at a path; undefined when nothing was. */
  readonly valueOf: (path: readonly PropertyKey[]) => unknown
  /** Of a value (or its key), or of the nearest part around it; undefined when the source is no text. */
  readonly placeOf: (path: readonly PropertyKey[], ofKey?: boolean) => Place | undefined
}

/** A source without places, such as what a module exports. */
export function plainSource(value: unknown): ScenarioSource {
  return { value, valueOf: (path) => valueAt(value, path), placeOf: () => undefined }
}

/**
 * Reads YAML (and so JSON).
 *
 * @throws {ScenarioError} with the place where it is no YAML, or uses what scenarios do not: several documents, aliases, tags
 */
export function yamlSource(text: string, file: string): ScenarioSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const problems = syntaxProblems(document, placeAt)
  if (problems.length > 0) {
    throw new ScenarioError(
      `${file} is not valid YAML:\n${problems.map(({ line, column, text: what }) => `  line ${line}, column ${column}: ${what}`).join('\n')}`,
      { hint: 'quote a text that holds { } [ ] : # & * ! | > % @ or begins with a quote' },
    )
  }
  const value: unknown = document.toJS()
  return {
    value,
    valueOf: (path) => valueAt(value, path),
    placeOf: (path, ofKey = false) => placeAt(offsetOf(document, path, ofKey)),
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, key)
        ? (part as Readonly<Record<PropertyKey, unknown>>)[key] // checked in the line before
        : undefined,
    value,
  )
}

interface SyntaxProblem extends Place {
  readonly text: string
}

/** Of errors in the grammar only the first, because it causes the others. */
function syntaxProblems(document: Document.Parsed, placeAt: (offset: number) => Place): readonly SyntaxProblem[] {
  const [first, ...others] = [...document.errors, ...document.warnings]
  if (first !== undefined) {
    const told = [first, ...others].every(({ code }) => code === 'DUPLICATE_KEY') ? [first, ...others] : [first]
    return told.map((error) => ({ ...placeAt(causeOf(document, error, placeAt)), text: wordsOf(error) }))
  }
  const aliases: SyntaxProblem[] = []
  visit(document, {
    Alias: (_key, { source, range }) => {
      aliases.push({
        ...placeAt(range?.[0] ?? 0),
        text: `aliases such as *${source} are not read; write the value out`,
      })
      return aliases.length < MAX_ALIASES_TOLD ? undefined : visit.BREAK
    },
  })
  return aliases
}

const MAX_ALIASES_TOLD = 10
const UNCLOSED_BRACKET = /^(?:Flow|Expected flow) (?:map|sequence)/

const WORDS: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: 'a second document begins; a scenario is one document',
  DUPLICATE_KEY: 'the same key stands twice',
  TAB_AS_INDENT: 'tabs are not allowed as indentation; use blanks',
}

function wordsOf({ code, message }: YAMLError): string {
  if (message.startsWith('Missing closing')) return 'a quote is opened here and not closed'
  if (UNCLOSED_BRACKET.test(message)) return 'a bracket is opened here and not closed, or closed too far to the left'
  return WORDS[code] ?? (code === 'TAG_RESOLVE_FAILED' ? `${message}; tags are not read` : message)
}

/** A quote or bracket that is not closed is noticed lines later; what the user must mend is where it was opened. */
function causeOf(document: Document, error: YAMLError, placeAt: (offset: number) => Place): number {
  const at = error.pos[0]
  if (error.code === 'DUPLICATE_KEY' || error.code === 'MULTIPLE_DOCS') return at
  let cause = at
  visit(document, {
    Node: (_key, node) => {
      const [start, end] = isAlias(node) ? [at, at] : (node.range ?? [at, at])
      const isOpen = isCollection(node)
        ? node.flow === true && UNCLOSED_BRACKET.test(error.message)
        : isScalar(node) && node.type?.startsWith('QUOTE') === true && placeAt(start).line < placeAt(end).line
      const reach = isCollection(node) ? end : end + 1
      if (isOpen && start < at && at <= reach && placeAt(start).line < placeAt(at).line) cause = start
    },
  })
  return cause
}

function offsetOf(document: Document, path: readonly PropertyKey[], ofKey: boolean): number {
  let node: unknown = document.contents
  let offset = isNodeWithRange(node) ? node.range[0] : 0
  for (const [index, part] of path.entries()) {
    const child = childOf(node, part)
    if (child === undefined) return offset
    const isLast = index === path.length - 1
    const isEmpty = !isNodeWithRange(child.value) || child.value.range[0] === child.value.range[1]
    const shownNode = (isLast && ofKey) || isEmpty ? (child.key ?? child.value) : child.value
    offset = isNodeWithRange(shownNode) ? shownNode.range[0] : offset
    node = child.value
  }
  return offset
}

function childOf(node: unknown, part: PropertyKey): { readonly key?: unknown; readonly value: unknown } | undefined {
  if (isSeq(node)) {
    const value = node.items[Number(part)]
    return value === undefined ? undefined : { value }
  }
  if (!isMap(node)) return undefined
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
}

function isNodeWithRange(node: unknown): node is Node & { readonly range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}

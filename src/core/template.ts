import { variableName } from './environment-references.ts'
import { UsageError } from './errors.ts'

/** A part of a template: text as it stands, or what is put in its place for each request. */
export type TemplatePiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'index' }
  | { readonly kind: 'client' }
  | { readonly kind: 'client.ip' }
  | { readonly kind: 'uuid' }
  /** A whole number between the two, both included. */
  | { readonly kind: 'random'; readonly min: number; readonly max: number }
  | { readonly kind: 'data'; readonly set: string; readonly column: string }
  | { readonly kind: 'capture'; readonly name: string }

/** An environment variable, `{{env.NAME}}`: put in when requests are planned, so that no generator meets one. */
export interface EnvironmentPiece {
  readonly kind: 'environment'
  readonly name: string
}

/** Names with a meaning of their own, which no data set and no capture may have. */
export const RESERVED_TEMPLATE_NAMES: readonly string[] = ['index', 'client', 'uuid', 'random', 'env']

const ALLOWED =
  'allowed: {{index}}, {{client}}, {{client.ip}}, {{uuid}}, {{random(1,100)}}, {{env.NAME}}, {{dataset.column}} and {{capture}}'
const NAME = /^[a-z_][\w-]*$/i
const DATA = /^([a-z_][\w-]*)\.(\S(?:.*\S)?)$/i
const RANDOM = /^random\(\s*(-?\d+)\s*,\s*(-?\d+)\s*\)$/

/**
 * Reads a template of a planned request, which holds no environment variables any more.
 *
 * @returns as `parseScenarioTemplate`
 * @throws {UsageError} as `parseScenarioTemplate`, and for an environment variable
 */
export function parseTemplate(template: string): readonly TemplatePiece[] {
  return parseScenarioTemplate(template).map((piece) => {
    if (piece.kind !== 'environment') return piece
    throw new UsageError(`{{env.${piece.name}}} was not filled in`, { hint: 'plan the request before it is sent' })
  })
}

/**
 * Reads a template such as `/users/{{users.id}}?n={{random(1,100)}}`. Blanks inside the braces do not count.
 *
 * @returns the pieces in their order; no two texts next to each other, and none for an empty template
 * @throws {UsageError} when a `{{` is not closed, or what is between the braces is not allowed
 */
export function parseScenarioTemplate(template: string): readonly (TemplatePiece | EnvironmentPiece)[] {
  const pieces: (TemplatePiece | EnvironmentPiece)[] = []
  let done = 0
  for (let open = template.indexOf('{{'); open >= 0; open = template.indexOf('{{', done)) {
    const close = template.indexOf('}}', open)
    if (close < 0) {
      throw new UsageError(`"${template.slice(open, open + 40)}" opens a template that is not closed`, {
        hint: 'write }} behind the name',
      })
    }
    if (open > done) pieces.push({ kind: 'text', text: template.slice(done, open) })
    pieces.push(parsePlaceholder(template.slice(open + 2, close).trim()))
    done = close + 2
  }
  if (done < template.length) pieces.push({ kind: 'text', text: template.slice(done) })
  return pieces
}

/**
 * What a template takes from other parts of its scenario: columns of data sets, and captures; each once.
 *
 * @throws {UsageError} as `parseScenarioTemplate`
 */
export function templateNames(template: string): {
  readonly columns: readonly { readonly set: string; readonly column: string }[]
  readonly captures: readonly string[]
} {
  const pieces = parseScenarioTemplate(template)
  const columns = pieces.flatMap((piece) =>
    piece.kind === 'data' ? [[`${piece.set}.${piece.column}`, { set: piece.set, column: piece.column }] as const] : [],
  )
  const captures = pieces.flatMap((piece) => (piece.kind === 'capture' ? [piece.name] : []))
  return { columns: [...new Map(columns).values()], captures: [...new Set(captures)] }
}

function parsePlaceholder(expression: string): TemplatePiece | EnvironmentPiece {
  switch (expression) {
    case 'index':
    case 'client':
    case 'client.ip':
    case 'uuid':
      return { kind: expression }
  }
  if (/^random(?![\w-])/.test(expression)) return parseRandom(expression)
  if (expression.startsWith('env.')) return { kind: 'environment', name: variableName(expression.slice(4)) }
  const [, set, column] = DATA.exec(expression) ?? []
  if (set !== undefined && column !== undefined && !RESERVED_TEMPLATE_NAMES.includes(set)) {
    return { kind: 'data', set, column }
  }
  if (NAME.test(expression) && !RESERVED_TEMPLATE_NAMES.includes(expression))
    return { kind: 'capture', name: expression }
  throw new UsageError(`{{${expression}}} is not known`, { hint: ALLOWED })
}

function parseRandom(expression: string): TemplatePiece {
  const [, lowest, highest] = RANDOM.exec(expression) ?? []
  const [min, max] = [Number(lowest), Number(highest)]
  if (!(min <= max) || !Number.isSafeInteger(min) || !Number.isSafeInteger(max)) {
    throw new UsageError(`{{${expression}}} must name two whole numbers, the smaller one first`, {
      hint: 'for example {{random(1,100)}}',
    })
  }
  return { kind: 'random', min, max }
}

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

/** Names with a meaning of their own, which no data set and no capture may have. */
export const RESERVED_TEMPLATE_NAMES: readonly string[] = ['index', 'client', 'uuid', 'random']

const ALLOWED =
  'allowed: {{index}}, {{client}}, {{client.ip}}, {{uuid}}, {{random(1,100)}}, {{dataset.column}} and {{capture}}'
const NAME = /^[a-z_][\w-]*$/i
const DATA = /^([a-z_][\w-]*)\.(\S(?:.*\S)?)$/i
const RANDOM = /^random\(\s*(-?\d+)\s*,\s*(-?\d+)\s*\)$/

/**
 * Reads a template such as `/users/{{users.id}}?n={{random(1,100)}}`. Blanks inside the braces do not count.
 *
 * @returns the pieces in their order; no two texts next to each other, and none for an empty template
 * @throws {UsageError} when a `{{` is not closed, or what is between the braces is not allowed
 */
export function parseTemplate(template: string): readonly TemplatePiece[] {
  const pieces: TemplatePiece[] = []
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
 * What a template takes from elsewhere: columns of data sets, and captures; each once.
 *
 * @throws {UsageError} as `parseTemplate`
 */
export function templateNames(template: string): {
  readonly columns: readonly { readonly set: string; readonly column: string }[]
  readonly captures: readonly string[]
} {
  const pieces = parseTemplate(template)
  const columns = pieces.flatMap((piece) =>
    piece.kind === 'data' ? [[`${piece.set}.${piece.column}`, { set: piece.set, column: piece.column }] as const] : [],
  )
  const captures = pieces.flatMap((piece) => (piece.kind === 'capture' ? [piece.name] : []))
  return { columns: [...new Map(columns).values()], captures: [...new Set(captures)] }
}

function parsePlaceholder(expression: string): TemplatePiece {
  switch (expression) {
    case 'index':
    case 'client':
    case 'client.ip':
    case 'uuid':
      return { kind: expression }
  }
  if (/^random(?![\w-])/.test(expression)) return parseRandom(expression)
  const [, set, column] = DATA.exec(expression) ?? []
  if (set !== undefined && column !== undefined && !RESERVED_TEMPLATE_NAMES.includes(set)) {
    return { kind: 'data', set, column }
  }
  if (NAME.test(expression)) return { kind: 'capture', name: expression }
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

import { parseTemplate, type TemplatePiece } from '../core/template.ts'

/** What the values of one request are taken from. */
export interface TemplateScope {
  /** The request's number in the phase, over all generators. */
  readonly index: number
  readonly client: number
  /** The next random number of this request, in [0, 1). */
  readonly draw: () => number
  /** The row of a data set that belongs to this request. */
  readonly row: (set: string) => Readonly<Record<string, string>>
  readonly captured: (name: string) => string
}

/** A template read once and filled in for each request. */
export interface CompiledTemplate {
  /** False: it holds nothing to fill in. */
  readonly isDynamic: boolean
  readonly render: (scope: TemplateScope) => string
}

type Piece = string | ((scope: TemplateScope) => string)

/**
 * Reads a template once.
 *
 * @param escape what is done to each value before it is put in; not to the text around it
 * @throws {UsageError} as `parseTemplate`
 */
export function compileTemplate(template: string, escape: (value: string) => string = unchanged): CompiledTemplate {
  const pieces = parseTemplate(template).map((piece): Piece => {
    if (piece.kind === 'text') return piece.text
    const valueOf = valueFunction(piece)
    return (scope) => escape(valueOf(scope))
  })
  return {
    isDynamic: pieces.some((piece) => typeof piece === 'function'),
    render(scope) {
      let text = ''
      for (const piece of pieces) text += typeof piece === 'string' ? piece : piece(scope)
      return text
    },
  }
}

/**
 * The address in 10.0.0.0/8 that goes with a client: distinct for the first 2²⁴ clients.
 *
 * @param client 0 or more
 */
export function addressOf(client: number): string {
  return `10.${(client >>> 16) & 255}.${(client >>> 8) & 255}.${client & 255}`
}

function unchanged(value: string): string {
  return value
}

function valueFunction(piece: Exclude<TemplatePiece, { kind: 'text' }>): (scope: TemplateScope) => string {
  switch (piece.kind) {
    case 'index':
      return (scope) => String(scope.index)
    case 'client':
      return (scope) => String(scope.client)
    case 'client.ip':
      return (scope) => addressOf(scope.client)
    case 'uuid':
      return (scope) => uuidOf(scope)
    case 'random': {
      const { min, max } = piece
      return (scope) => String(min + Math.floor(scope.draw() * (max - min + 1)))
    }
    case 'data': {
      const { set, column } = piece
      return (scope) => scope.row(set)[column] ?? ''
    }
    case 'capture': {
      const { name } = piece
      return (scope) => scope.captured(name)
    }
  }
}

/** @see RFC 9562, section 5.4: version 4 */
function uuidOf(scope: TemplateScope): string {
  const block = (): string =>
    Math.floor(scope.draw() * 4_294_967_296)
      .toString(16)
      .padStart(8, '0')
  const digits = block() + block() + block() + block()
  const variant = ((Number.parseInt(digits.charAt(16), 16) & 3) | 8).toString(16)
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`
}

import { IncompleteError } from '../core/errors.ts'
import { isSendableHeaderValue } from '../core/request-text.ts'
import { templateNames } from '../core/template.ts'
import type { PlannedRequest } from '../core/workload.ts'
import type { RequestContext, RequestFunctions } from './module-functions.ts'
import { type CompiledTemplate, compileTemplate, type TemplateScope } from './template.ts'

/** Everything that the parts of one request are made from. */
export interface RequestScope extends TemplateScope {
  /** The same for functions of a scenario module. */
  readonly context: RequestContext
}

/** A planned request read once, and filled in each time it is sent. */
export interface CompiledRequest {
  /** False: it is sent as it was planned. */
  readonly isDynamic: boolean
  /** Names of captured values that its templates put in; it cannot be sent before its client has them all. */
  readonly needs: readonly string[]
  /** @throws {IncompleteError} when a header would hold what headers may not, or a function of the module fails */
  readonly render: (scope: RequestScope) => PlannedRequest
}

/** A part of a request, whatever it is made from. */
interface Part {
  readonly isDynamic: boolean
  readonly needs: readonly string[]
  readonly render: (scope: RequestScope) => string
}

/**
 * Reads the templates of a request. Values are percent-encoded in its path and in a form, escaped in a JSON body, and
 * put into other bodies and into headers as they are.
 */
export function compileRequest(request: PlannedRequest, functions?: RequestFunctions): CompiledRequest {
  const path = part(request.path, functions?.path, encodeURIComponent)
  const planned = new Map(Object.entries(request.headers))
  const given = new Map(Object.entries(functions?.headers ?? {}))
  const names = new Set([...planned.keys(), ...given.keys()])
  const headers = [...names].map((name) => [name, part(planned.get(name) ?? '', given.get(name))] as const)
  const body =
    request.body === undefined && functions?.body === undefined
      ? undefined
      : part(request.body ?? '', functions?.body, escapeOf(request.headers['content-type'] ?? ''))
  const parts = [path, ...headers.map(([, value]) => value), ...(body === undefined ? [] : [body])]
  return {
    isDynamic: parts.some(({ isDynamic }) => isDynamic),
    needs: [...new Set(parts.flatMap(({ needs }) => needs))],
    render: (scope) => ({
      ...request,
      path: path.render(scope),
      headers: renderHeaders(request.name, headers, scope),
      ...(body === undefined ? {} : { body: body.render(scope) }),
    }),
  }
}

function part(
  template: string,
  given: ((context: RequestContext) => string) | undefined,
  escape?: (value: string) => string,
): Part {
  if (given !== undefined) return { isDynamic: true, needs: [], render: ({ context }) => given(context) }
  const { isDynamic, render }: CompiledTemplate = compileTemplate(template, escape)
  return { isDynamic, needs: templateNames(template).captures, render }
}

function renderHeaders(
  name: string,
  headers: readonly (readonly [string, Part])[],
  scope: RequestScope,
): Record<string, string> {
  const rendered: Record<string, string> = {}
  for (const [header, { isDynamic, render }] of headers) {
    const value = render(scope)
    if (isDynamic && !isSendableHeaderValue(value)) {
      throw new IncompleteError(`${name}: a header cannot hold ${JSON.stringify(value)}, which ${header} would get`, {
        hint: 'headers take text of ASCII letters without line breaks: percent-encode what is not',
      })
    }
    rendered[header] = value
  }
  return rendered
}

function escapeOf(contentType: string): ((value: string) => string) | undefined {
  if (/json/i.test(contentType)) return (value) => JSON.stringify(value).slice(1, -1)
  return /x-www-form-urlencoded/i.test(contentType) ? encodeURIComponent : undefined
}

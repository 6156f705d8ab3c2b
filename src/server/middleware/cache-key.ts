import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

import { canonicalKey, MAX_KEY_LENGTH } from '../../resilience/cache-key.ts'
import type { RequestContext } from '../request-context.ts'
import type { Route } from '../router.ts'
import { parseJsonObject } from '../routes/json-body.ts'

/** Finds the digest of a request that may be answered with what was answered before. */
export type CacheKeyOf = (context: RequestContext) => string | undefined

/** Digests that are remembered, because most requests ask for few things; each route less than 2 MiB. */
const MAX_REMEMBERED = 4_096
const MAX_REMEMBERED_LENGTH = 256

/**
 * Digests of the route, the query or the JSON body, and the headers that the route names; of nothing else that a client can
 * send.
 *
 * @param generation part of each digest
 * @returns undefined for requests that are not to be cached: other routes, credentials that the route does not name, bodies
 *   that are no JSON object or longer than MAX_KEY_LENGTH bytes
 */
export function cacheKeys(generation: number): CacheKeyOf {
  const remembered = new Map<Route, { readonly name: string; readonly digests: Map<string, string> }>()

  /** By route and then by query: a text of both would have to be put together and hashed for each request. */
  const digestOfQuery = (route: Route, name: string, query: string): string | undefined => {
    let ofRoute = remembered.get(route)
    if (ofRoute?.name !== name) remembered.set(route, (ofRoute = { name, digests: new Map() }))
    const { digests } = ofRoute
    const known = digests.get(query)
    if (known !== undefined) return known
    const digest = digestOf(namespaceOf(route, name), query)
    if (digest === undefined || query.length > MAX_REMEMBERED_LENGTH) return digest
    if (digests.size >= MAX_REMEMBERED) digests.clear()
    // A copy: the query is a part of the URL, which may be far longer and would be kept alive.
    digests.set(Buffer.from(query).toString(), digest)
    return digest
  }
  const namespaceOf = ({ method }: Route, name: string): string => `${generation}:${method}:${name}`

  return ({ route, query, request: { headers }, body }) => {
    if (route.isCacheable !== true) return undefined
    const { cacheNamespace, cacheInput = 'query', cacheVary } = route
    const hasCredentials = headers.authorization !== undefined || headers.cookie !== undefined
    if (hasCredentials && !namesCredentials(headers, cacheVary)) return undefined
    const name = cacheNamespace === undefined ? route.path : cacheNamespace()
    if (name === undefined) return undefined
    if (cacheInput === 'query' && cacheVary === undefined) return digestOfQuery(route, name, query)
    // Before it is parsed, which takes time that is lost here.
    if (cacheInput === 'body' && body.length > MAX_KEY_LENGTH) return undefined
    const input = cacheInput === 'query' ? null : parseJsonObject(body)
    if (typeof input === 'string') return undefined
    return digestOf(namespaceOf(route, name), [
      query,
      input,
      ...(cacheVary ?? []).map((header) => headers[header] ?? null),
    ])
  }
}

function digestOf(namespace: string, input: unknown): string | undefined {
  const text = canonicalKey(namespace, input)
  return text === undefined ? undefined : hash('sha256', text, 'base64url')
}

/** Answers to different credentials have different keys then. */
function namesCredentials({ authorization, cookie }: IncomingHttpHeaders, names: readonly string[] = []): boolean {
  return (
    (authorization === undefined || names.includes('authorization')) &&
    (cookie === undefined || names.includes('cookie'))
  )
}

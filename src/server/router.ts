import type { IncomingMessage } from 'node:http'

import type { Answer } from './answer.ts'
import type { CacheTier } from './options/cache.ts'
import type { RequestContext } from './request-context.ts'

/** Answers a request; a handler that is done at once returns no promise. */
export type Handler = (context: RequestContext) => Answer | Promise<Answer>

/** One method of one path, and how the pipeline treats it. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly handle: Handler
  /** Passes limiter and queue: what watches the server must see it when it is full. */
  readonly isExempt?: boolean
  readonly isCacheable?: boolean
  /** Its answers hold what others must not guess: they are never compressed. */
  readonly isSecret?: boolean
  /** What a cached answer is the answer to: the query, which is the default, or the JSON body. */
  readonly cacheInput?: 'query' | 'body'
  /**
   * Request headers, in lower case, that answers depend on. Each of their values has answers of its own. With `authorization`
   * or `cookie` among them, requests with these may be answered from the cache too.
   */
  readonly cacheVary?: readonly string[]
  /** How long its answers are good for, where that is not CACHE_TTL. */
  readonly cacheTier?: CacheTier
  /** For requests that it refuses the path does not exist, whatever their method. */
  readonly isVisibleTo?: (request: Pick<IncomingMessage, 'headers'>) => boolean
  /** Replaces the path in the keys of cached answers; undefined: nothing can be said to be fresh now. */
  readonly cacheNamespace?: () => string | undefined
}

/** Either the route, or the methods that the path does have (none: no such path). */
export type RouteMatch =
  | { readonly route: Route; readonly allowed?: undefined }
  | { readonly route?: undefined; readonly allowed: readonly string[] }

const NO_SUCH_PATH: RouteMatch = { allowed: [] }

/** What there is at one path. */
interface PathMatches {
  readonly byMethod: Map<string, RouteMatch>
  readonly isVisibleTo: Route['isVisibleTo']
}

/** Exact paths in a map; HEAD is answered like GET. */
export class Router {
  readonly #paths = new Map<string, PathMatches>()

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const known = this.#paths.get(route.path)
      const byMethod = known?.byMethod ?? new Map<string, RouteMatch>()
      const methods = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]
      for (const method of methods) byMethod.set(method, { route })
      this.#paths.set(route.path, { byMethod, isVisibleTo: route.isVisibleTo ?? known?.isVisibleTo })
    }
  }

  match(method: string, path: string, request: Pick<IncomingMessage, 'headers'>): RouteMatch {
    const matches = this.#paths.get(path)
    if (matches === undefined || matches.isVisibleTo?.(request) === false) return NO_SUCH_PATH
    return matches.byMethod.get(method) ?? { allowed: [...matches.byMethod.keys()] }
  }
}

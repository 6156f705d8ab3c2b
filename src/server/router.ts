import type { Answer } from './answer.ts'
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
  /** Replaces the path in the keys of cached answers; undefined: nothing can be said to be fresh now. */
  readonly cacheNamespace?: () => string | undefined
}

/** Either the route, or the methods that the path does have (none: no such path). */
export type RouteMatch =
  | { readonly route: Route; readonly allowed?: undefined }
  | { readonly route?: undefined; readonly allowed: readonly string[] }

/** Exact paths in a map; HEAD is answered like GET. */
export class Router {
  readonly #matches = new Map<string, RouteMatch>()
  readonly #methods = new Map<string, string[]>()

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const methods = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]
      for (const method of methods) this.#matches.set(`${method} ${route.path}`, { route })
      this.#methods.set(route.path, [...(this.#methods.get(route.path) ?? []), ...methods])
    }
  }

  match(method: string, path: string): RouteMatch {
    return this.#matches.get(`${method} ${path}`) ?? { allowed: this.#methods.get(path) ?? [] }
  }
}

import type { Answer } from './answer.ts'
import type { RequestContext } from './request-context.ts'

/** What comes after a middleware. */
export type Next = (context: RequestContext) => Answer | Promise<Answer>

/**
 * One layer around the handler: answers itself, or calls `next`, at most once. Where `next` returns no promise, a layer
 * returns none either, so that a request that needs no waiting is answered in one go.
 */
export type Middleware = (context: RequestContext, next: Next) => Answer | Promise<Answer>

/** Builds the chain once, outermost layer first; nothing is made per request. */
export function compose(layers: readonly Middleware[], handler: Next): Next {
  return layers.reduceRight<Next>((next, layer) => (context) => layer(context, next), handler)
}

import { IncompleteError } from '../core/errors.ts'
import type { GeneratorPlan } from '../core/generator-messages.ts'
import { seededRandom } from '../core/random.ts'
import type { PlannedRequest } from '../core/workload.ts'
import { AnswerRules } from './answer-rules.ts'
import { CapturedValues } from './captured-values.ts'
import { type CompiledRequest, compileRequest } from './compiled-request.ts'
import type { ModuleFunctions } from './module-functions.ts'
import { encodeRequest } from './request-encoding.ts'
import { RequestMix } from './request-mix.ts'
import { type OrderedSets, orderedSets, RequestValues } from './request-values.ts'

/** A request as it is sent. */
export interface SourcedRequest {
  /** Its index in the plan. */
  readonly route: number
  /** No templates are left in it; that of the plan itself when it never had any. */
  readonly request: PlannedRequest
  /** As it is written. */
  readonly bytes: Buffer
  readonly rules: AnswerRules
}

/**
 * The requests of one generator, one after the other: which, by weight, with their templates filled in. Together the
 * generators of a phase send the sequence of a single one, and use each row of a data set as often.
 *
 * A row read in order belongs to the occurrence of its request: the first `POST /login` of the phase has the first row.
 *
 * A request that needs a captured value which its client does not have gives way to the first request of the plan that
 * captures it. That one takes, of data read in order, the row of its client's number. As long as the capture fails it is
 * sent again in place of the other, which is then never sent for this client: the counts of the routes show it.
 */
export class RequestSource {
  readonly #plan: GeneratorPlan
  readonly #sets: OrderedSets
  readonly #compiled: readonly CompiledRequest[]
  /** By route: what is given out when nothing is to be filled in, so that nothing is allocated either. */
  readonly #asPlanned: readonly SourcedRequest[]
  readonly #captured = new CapturedValues()
  readonly #mix: RequestMix
  readonly #host: string

  /** @param functions those of the plan's module, when it has one */
  constructor(plan: GeneratorPlan, functions: ModuleFunctions = []) {
    this.#plan = plan
    this.#sets = orderedSets(plan.data)
    this.#compiled = plan.requests.map((request, route) => compileRequest(request, functions[route]))
    this.#host = new URL(plan.origin).host
    this.#asPlanned = plan.requests.map((request, route) => ({
      route,
      request,
      bytes: encodeRequest(request, this.#host),
      rules: new AnswerRules(request, this.#captured, functions[route]?.check),
    }))
    this.#mix = new RequestMix(
      plan.requests.map(({ weight }) => weight),
      seededRandom(plan.seed),
      plan.share,
    )
  }

  /**
   * The next request.
   *
   * @param client the number, over all generators, of the connection, user or client that sends it
   * @throws {IncompleteError} when it cannot be made up: the phase has failed
   */
  next(client: number): SourcedRequest {
    const dealt = this.#mix.next()
    const route = this.#ready(dealt, client)
    const asPlanned = this.#asPlanned[route] as SourcedRequest // one per route
    const compiled = this.#compiled[route] as CompiledRequest // one per route
    if (!compiled.isDynamic) return asPlanned
    const row = route === dealt ? this.#mix.occurrence : client
    const place = { seed: this.#plan.seed, index: this.#mix.number, client, row }
    const request = compiled.render(new RequestValues(this.#sets, place, this.#captured.of(client)))
    return { route, request, bytes: encodeRequest(request, this.#host), rules: asPlanned.rules }
  }

  /** The route itself when its client has all that it needs; otherwise the one that comes before it. */
  #ready(dealt: number, client: number): number {
    let route = dealt
    for (let steps = 0; steps <= this.#compiled.length; steps++) {
      const missing = this.#missing(route, client)
      if (missing === undefined) return route
      const source = this.#plan.requests.findIndex(({ captures }) => captures?.some(({ name }) => name === missing))
      if (source < 0)
        throw new IncompleteError(`${this.#nameOf(route)} needs {{${missing}}}, which no request captures`)
      route = source
    }
    throw new IncompleteError(`${this.#nameOf(dealt)} needs a value whose request needs that value itself`)
  }

  #missing(route: number, client: number): string | undefined {
    const needs = this.#compiled[route]?.needs ?? []
    if (needs.length === 0) return undefined
    const captured = this.#captured.of(client)
    return needs.find((name) => captured[name] === undefined)
  }

  #nameOf(route: number): string {
    return this.#plan.requests[route]?.name ?? ''
  }
}

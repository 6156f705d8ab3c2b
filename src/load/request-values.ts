import { IncompleteError } from '../core/errors.ts'
import type { DataSet } from '../core/workload.ts'
import type { RequestScope } from './compiled-request.ts'
import type { RequestContext } from './module-functions.ts'
import { seededDraw } from './seeded-draw.ts'

/** Apart from every draw of a request's templates, so that templates do not move the rows. */
const FIRST_ROW_DRAW = -1

/** Data sets by name, each with its number among them, which its random rows follow from. */
export type OrderedSets = ReadonlyMap<string, DataSet & { readonly order: number }>

/** The data sets of a plan as requests look them up. */
export function orderedSets(data: Readonly<Record<string, DataSet>>): OrderedSets {
  return new Map(Object.entries(data).map(([name, { rows, pick }], order) => [name, { rows, pick, order }]))
}

/** Which request it is. */
export interface RequestPlace {
  /** Of the plan. */
  readonly seed: number
  /** Its number in the phase, over all generators. */
  readonly index: number
  readonly client: number
  /** Which row of data read in order it has; beyond the last one they begin again. */
  readonly row: number
}

/** What one request puts in place of its templates, and hands to its functions. */
export class RequestValues implements RequestScope {
  readonly index: number
  readonly client: number
  readonly #sets: OrderedSets
  readonly #place: RequestPlace
  readonly #captured: Readonly<Record<string, string>>
  #draws = 0
  #context: RequestContext | undefined

  /** @param captured values by name, of the client */
  constructor(sets: OrderedSets, place: RequestPlace, captured: Readonly<Record<string, string>>) {
    this.index = place.index
    this.client = place.client
    this.#sets = sets
    this.#place = place
    this.#captured = captured
  }

  get context(): RequestContext {
    this.#context ??= {
      index: this.index,
      client: this.client,
      random: () => this.draw(),
      data: Object.fromEntries([...this.#sets.keys()].map((set) => [set, this.row(set)])),
      captured: this.#captured,
    }
    return this.#context
  }

  draw(): number {
    return seededDraw(this.#place.seed, this.index, this.#draws++)
  }

  row(set: string): Readonly<Record<string, string>> {
    const { rows = [], pick, order = 0 } = this.#sets.get(set) ?? {}
    const number =
      pick === 'random'
        ? Math.floor(seededDraw(this.#place.seed, this.index, FIRST_ROW_DRAW - order) * rows.length)
        : this.#place.row % rows.length
    const row = rows[number]
    if (row === undefined) throw new IncompleteError(`there is no data set "${set}" with rows`)
    return row
  }

  captured(name: string): string {
    return this.#captured[name] ?? ''
  }
}

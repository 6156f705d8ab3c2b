import { IncompleteError } from '../core/errors.ts'
import type { GeneratorPlan } from '../core/generator-messages.ts'
import type { RequestScope } from './compiled-request.ts'
import type { RequestContext } from './module-functions.ts'
import { seededDraw } from './seeded-draw.ts'

/** Apart from every draw of a request's templates, so that templates do not move the rows. */
const FIRST_ROW_DRAW = -1

/** Which request it is. */
export interface RequestPlace {
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
  readonly #plan: GeneratorPlan
  readonly #row: number
  readonly #captured: Readonly<Record<string, string>>
  #draws = 0

  /** @param captured values by name, of the client */
  constructor(plan: GeneratorPlan, place: RequestPlace, captured: Readonly<Record<string, string>>) {
    this.index = place.index
    this.client = place.client
    this.#plan = plan
    this.#row = place.row
    this.#captured = captured
  }

  get context(): RequestContext {
    const sets = Object.keys(this.#plan.data)
    return {
      index: this.index,
      client: this.client,
      random: () => this.draw(),
      data: Object.fromEntries(sets.map((set) => [set, this.row(set)])),
      captured: this.#captured,
    }
  }

  draw(): number {
    return seededDraw(this.#plan.seed, this.index, this.#draws++)
  }

  row(set: string): Readonly<Record<string, string>> {
    const { data, seed } = this.#plan
    const rows = data[set]?.rows ?? []
    const order = Object.keys(data).indexOf(set)
    const place =
      data[set]?.pick === 'random'
        ? Math.floor(seededDraw(seed, this.index, FIRST_ROW_DRAW - order) * rows.length)
        : this.#row % rows.length
    const row = rows[place]
    if (row === undefined) throw new IncompleteError(`there is no data set "${set}" with rows`)
    return row
  }

  captured(name: string): string {
    return this.#captured[name] ?? ''
  }
}

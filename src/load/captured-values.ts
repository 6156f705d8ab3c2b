/** Clients that values are kept for; the one that has waited longest makes room for another. */
const MAX_CLIENTS = 100_000

/** What was captured from answers, by client. */
export class CapturedValues {
  readonly #maxClients: number
  readonly #byClient = new Map<number, Record<string, string>>()

  constructor(maxClients = MAX_CLIENTS) {
    this.#maxClients = maxClients
  }

  /** Values by name; empty when the client has none. */
  of(client: number): Readonly<Record<string, string>> {
    return this.#byClient.get(client) ?? NOTHING
  }

  /** Keeps a value in place of an earlier one of that name. */
  keep(client: number, name: string, value: string): void {
    let values = this.#byClient.get(client)
    if (values === undefined) {
      const [oldest] = this.#byClient.size < this.#maxClients ? [] : this.#byClient.keys()
      if (oldest !== undefined) this.#byClient.delete(oldest)
      this.#byClient.set(client, (values = nothing()))
    }
    values[name] = value
  }
}

/** Without the names that every object has, such as `constructor`: a value of that name may be captured too. */
function nothing(): Record<string, string> {
  return Object.create(null) as Record<string, string> // an object without anything
}

const NOTHING: Readonly<Record<string, string>> = nothing()

import { IncompleteError, messageOf } from '../core/errors.ts'
import { isSendablePath } from '../core/request-text.ts'

/** What a function of a scenario module is given for one request. */
export interface RequestContext {
  /** The request's number in the phase, from 0, over all generators. */
  readonly index: number
  readonly client: number
  /** Seeded, in [0, 1). */
  readonly random: () => number
  /** By name of the data set: the row that belongs to this request. */
  readonly data: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** What earlier answers to the same client were captured as. */
  readonly captured: Readonly<Record<string, string>>
}

/** What the check of a scenario module is given. */
export interface CheckedAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** At most the first MiB. */
  readonly body: string
}

/** Any function of a module. */
type ModuleFunction = (argument: unknown) => unknown

/** A function of a request: text, or of a body an object that is sent as JSON. */
type ValueFunction = (context: RequestContext) => string

/** The functions of one request of a scenario module; a part without one is as the plan says. */
export interface RequestFunctions {
  readonly path?: ValueFunction | undefined
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, ValueFunction>>
  readonly body?: ValueFunction | undefined
  readonly check?: ((answer: CheckedAnswer) => boolean) | undefined
}

/** By index of the request in the plan. */
export type ModuleFunctions = readonly RequestFunctions[]

/**
 * Imports a scenario module and gives the functions among the parts of its requests. Called in the generator: functions
 * cannot be sent there. Each of them throws an IncompleteError with the name of its request when it throws, or gives something else than it must.
 *
 * @param url a `file:` URL; the default export of the module is a scenario
 * @param names of the requests of the plan, which reports use; as many as the module has
 * @throws {IncompleteError} when the module cannot be imported, its default export has no requests, or not as many as the
 *   plan: a module may make up its list anew each time it is imported
 */
export async function loadModuleFunctions(url: string, names: readonly string[]): Promise<ModuleFunctions> {
  const requests = await requestsOf(url)
  if (names.length !== requests.length) {
    throw new IncompleteError(`${url} has ${requests.length} requests in the generator, ${names.length} in the plan`, {
      hint: 'a scenario module must give the same requests each time: do not let them depend on time, chance or the process',
    })
  }
  return requests.map((request, index): RequestFunctions => {
    const parts = asRecord(request)
    const name = names[index] ?? '' // there are as many
    const headers = Object.entries(asRecord(parts['headers'])).flatMap(([header, value]) =>
      isFunction(value) ? [[header.toLowerCase(), valueFunction(`${name}: ${header}`, value)]] : [],
    )
    const { path, body } = parts
    const { check } = asRecord(parts['expect'])
    return {
      path: isFunction(path) ? pathFunction(`${name}: path`, path) : undefined,
      headers: Object.fromEntries(headers) as Record<string, ValueFunction>, // pairs of a name and a function
      body: isFunction(body) ? valueFunction(`${name}: body`, body, asJson) : undefined,
      check: isFunction(check) ? checkFunction(`${name}: expect.check`, check) : undefined,
    }
  })
}

async function requestsOf(url: string): Promise<readonly unknown[]> {
  let imported: unknown
  try {
    imported = await import(url)
  } catch (error) {
    throw new IncompleteError(`${url} cannot be imported: ${messageOf(error)}`, { cause: error })
  }
  const { requests } = asRecord(asRecord(imported)['default'])
  if (!Array.isArray(requests)) throw new IncompleteError(`the default export of ${url} has no list of requests`)
  return requests
}

function called(what: string, given: ModuleFunction, argument: unknown): unknown {
  let result: unknown
  try {
    result = given(argument)
  } catch (error) {
    throw new IncompleteError(`${what} threw: ${messageOf(error)}`, { cause: error })
  }
  if (result instanceof Promise) {
    result.catch(() => undefined)
    throw new IncompleteError(`${what} gave a promise`, { hint: 'requests are made up while sending: do not await' })
  }
  return result
}

function valueFunction(
  what: string,
  given: ModuleFunction,
  textOf: (value: unknown) => string | undefined = asText,
): ValueFunction {
  return (context) => {
    const value = called(what, given, context)
    const text = textOf(value)
    if (text === undefined) throw new IncompleteError(`${what} must give a text, got ${typeof value}`)
    return text
  }
}

function pathFunction(what: string, given: ModuleFunction): ValueFunction {
  const path = valueFunction(what, given)
  return (context) => {
    const text = path(context)
    if (!isSendablePath(text)) {
      throw new IncompleteError(`${what} must give a path that begins with / and is percent-encoded, got "${text}"`)
    }
    return text
  }
}

function checkFunction(what: string, given: ModuleFunction): (answer: CheckedAnswer) => boolean {
  return (answer) => {
    const isRight = called(what, given, answer)
    if (typeof isRight !== 'boolean') {
      throw new IncompleteError(`${what} must give true or false, got ${typeof isRight}`)
    }
    return isRight
  }
}

function isFunction(value: unknown): value is ModuleFunction {
  return typeof value === 'function'
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function asJson(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : asText(value)
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {} // any object can be read by name
}

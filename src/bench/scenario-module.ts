import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { messageOf, ScenarioError } from '../core/errors.ts'

/** Stands for a function while the rest of the scenario is validated; it is never sent. */
const COMPUTED = '(computed)'

/** What a module says, with its functions replaced by texts that the schema accepts. */
export interface ModuleScenario {
  readonly value: unknown
  /** Of the module, when it has functions; the generator imports it for them. */
  readonly url: string | undefined
}

/** Whether a file is read as code. */
export function isModule(file: string): boolean {
  return /\.[mc]?[jt]s$/i.test(file)
}

/**
 * Imports a scenario module. In its requests `path`, header values, `body` and `expect.check` may be functions.
 *
 * @throws {ScenarioError} when it cannot be imported, or its default export is not an object
 */
export async function readModule(file: string): Promise<ModuleScenario> {
  const url = pathToFileURL(resolve(file)).href
  let module: { readonly default?: unknown }
  try {
    module = (await import(url)) as { readonly default?: unknown } // what import gives is an object
  } catch (error) {
    throw new ScenarioError(`${file} cannot be imported: ${messageOf(error)}`, {
      cause: error,
      hint: `try it alone: node ${file}`,
    })
  }
  const scenario = module.default
  if (!isRecord(scenario)) {
    const found = scenario === undefined ? 'no default export' : `a default export that is ${kindOf(scenario)}`
    throw new ScenarioError(`${file} has ${found}`, { hint: 'write: export default { name: …, requests: […], … }' })
  }
  const functions = { found: false }
  const requests = scenario['requests']
  if (!Array.isArray(requests)) return { value: scenario, url: undefined }
  const replaced = requests.map((request: unknown) => withoutFunctions(request, functions))
  return { value: { ...scenario, requests: replaced }, url: functions.found ? url : undefined }
}

function withoutFunctions(request: unknown, functions: { found: boolean }): unknown {
  if (!isRecord(request)) return request
  const replace = (value: unknown, text: string): unknown => {
    if (typeof value !== 'function') return value
    functions.found = true
    return text
  }
  const { path, headers, body, expect } = request
  return {
    ...request,
    ...(path !== undefined && { path: replace(path, `/${COMPUTED}`) }),
    ...(body !== undefined && { body: replace(body, COMPUTED) }),
    ...(isRecord(headers) && {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, replace(value, COMPUTED)])),
    }),
    ...(isRecord(expect) && { expect: withoutCheck(expect, functions) }),
  }
}

function withoutCheck(expect: Readonly<Record<string, unknown>>, functions: { found: boolean }): unknown {
  const { check, ...others } = expect
  if (typeof check !== 'function') return expect
  functions.found = true
  return others
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}

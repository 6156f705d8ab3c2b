import { ScenarioError } from '../core/errors.ts'
import type { Scenario, ScenarioRequest } from '../core/scenario.ts'
import { ENVIRONMENT_SET } from '../core/scenario-requests.ts'
import type { Capture, Expectation, PlannedRequest } from '../core/workload.ts'

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A placeholder for an environment variable; the rest of a template is left for the generator. */
const VARIABLE = new RegExp(String.raw`\{\{\s*${ENVIRONMENT_SET}\.(\S+?)\s*\}\}`, 'g')

/**
 * The requests of a scenario as the generator sends them, with the values of the environment variables that they name.
 *
 * Names keep the placeholder, so that no secret gets into a report.
 *
 * @throws {ScenarioError} naming each variable that is not set
 */
export function planRequests(scenario: Scenario, environment: Environment = {}): readonly PlannedRequest[] {
  const missing = new Set<string>()
  const planned = scenario.requests.map((request) => planRequest(request, new Variables(environment, missing)))
  if (missing.size === 0) return planned
  const names = [...missing].join(', ')
  throw new ScenarioError(`scenario "${scenario.name}" needs the environment variable ${names}, which is not set`, {
    hint: `set it for this command: ${[...missing][0]}=… npx tune bench …`,
  })
}

function planRequest(request: ScenarioRequest, variables: Variables): PlannedRequest {
  const { name, method, path, weight, body, capture } = request
  const isObject = typeof body === 'object'
  const given = lowerCased(request.headers)
  const headers = isObject ? { 'content-type': 'application/json', ...given } : given
  const isJson = headers['content-type']?.toLowerCase().includes('json') === true
  const text = isObject ? JSON.stringify(body) : body
  return {
    name: name ?? `${method} ${path}`,
    method,
    path: variables.into(path, encodeURIComponent),
    headers: Object.fromEntries(
      Object.entries(headers).map(([header, value]) => [header, variables.into(value, (raw) => raw)]),
    ),
    body: text === undefined ? undefined : variables.into(text, isJson ? jsonEscaped : (raw) => raw),
    weight,
    expect: planExpectation(request.expect),
    ...(capture !== undefined && { captures: Object.entries(capture).map(([key, from]) => planCapture(key, from)) }),
  }
}

function planExpectation(expect: ScenarioRequest['expect']): Expectation {
  return expect.headers === undefined ? expect : { ...expect, headers: lowerCased(expect.headers) }
}

function planCapture(name: string, from: NonNullable<ScenarioRequest['capture']>[string]): Capture {
  if ('json' in from) return { name, from: 'json', selector: from.json }
  if ('header' in from) return { name, from: 'header', selector: from.header.toLowerCase() }
  return { name, from: 'pattern', selector: from.pattern }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Puts environment variables into texts, and notes the ones that are not set. */
class Variables {
  readonly #environment: Environment
  readonly #missing: Set<string>

  constructor(environment: Environment, missing: Set<string>) {
    this.#environment = environment
    this.#missing = missing
  }

  into(template: string, escape: (raw: string) => string): string {
    return template.replaceAll(VARIABLE, (_whole, name: string) => {
      const value = this.#environment[name]
      if (value === undefined || value === '') {
        this.#missing.add(name)
        return ''
      }
      if (/[\r\n\0]|\{\{/.test(value)) {
        throw new ScenarioError(
          `the environment variable ${name} holds a line break or {{, which no request can carry`,
          {
            hint: 'check how it is set; a trailing line break is the usual cause',
          },
        )
      }
      return escape(value)
    })
  }
}

import { type Environment, filledText, type MissingVariable } from '../core/environment-references.ts'
import { ScenarioError } from '../core/errors.ts'
import { isSendableHeaderValue } from '../core/request-text.ts'
import type { Scenario, ScenarioRequest } from '../core/scenario.ts'
import type { Capture, Expectation, PlannedRequest } from '../core/workload.ts'

/**
 * The requests of a scenario as the generator sends them, with the values of the environment variables that they name; the rest
 * of their templates is left for it.
 *
 * Names keep the placeholder, so that no secret gets into a report.
 *
 * @throws {ScenarioError} naming each variable that is not set, or empty, and one whose value its place cannot hold
 */
export function planRequests(scenario: Scenario, environment: Environment = {}): readonly PlannedRequest[] {
  const missing = new Map<string, MissingVariable['problem']>()
  const filled: Fill = (template, written) => {
    const result = filledText(template, environment, written)
    for (const { name, problem } of result.missing) missing.set(name, problem)
    return result.text
  }
  const planned = scenario.requests.map((request) => planRequest(request, filled))
  const [first] = missing.keys()
  if (first === undefined) return planned
  const problems = (['not set', 'empty'] as const).flatMap((problem) => {
    const names = [...missing.keys()].filter((name) => missing.get(name) === problem)
    return names.length === 0 ? [] : [`${names.join(', ')}, which is ${problem}`]
  })
  throw new ScenarioError(`scenario "${scenario.name}" needs the environment variable ${problems.join(', and ')}`, {
    hint: `set it for this command: ${first}=… npx tune bench …`,
  })
}

/** Puts variables into a template, each as its place needs it. */
type Fill = (template: string, written: (value: string, name: string) => string) => string

function planRequest(request: ScenarioRequest, filled: Fill): PlannedRequest {
  const { name, method, path, weight, body, capture } = request
  const isObject = typeof body === 'object'
  const given = lowerCased(request.headers)
  const headers = isObject ? { 'content-type': 'application/json', ...given } : given
  const text = isObject ? JSON.stringify(body) : body
  return {
    name: name ?? `${method} ${path}`,
    method,
    path: filled(path, percentEncoded),
    headers: Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, filled(value, inHeader)])),
    body: text === undefined ? undefined : filled(text, writtenIn(headers['content-type'] ?? '')),
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

/** How a value is written into a body of this type. */
function writtenIn(contentType: string): (value: string, name: string) => string {
  if (/json/i.test(contentType)) return (value, name) => JSON.stringify(oneLine(value, name)).slice(1, -1)
  return /x-www-form-urlencoded/i.test(contentType) ? percentEncoded : oneLine
}

function percentEncoded(value: string, name: string): string {
  return encodeURIComponent(oneLine(value, name))
}

function inHeader(value: string, name: string): string {
  if (isSendableHeaderValue(value)) return oneLine(value, name)
  throw new ScenarioError(`the environment variable ${name} holds a line break or a character that is not ASCII`, {
    hint: 'a header cannot hold it; a trailing line break is the usual cause',
  })
}

function oneLine(value: string, name: string): string {
  if (!/[\r\n\0]|\{\{/.test(value)) return value
  throw new ScenarioError(`the environment variable ${name} holds a line break or {{, which no request can carry`, {
    hint: 'check how it is set; a trailing line break is the usual cause',
  })
}

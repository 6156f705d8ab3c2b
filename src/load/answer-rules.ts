import type { Capture, PlannedRequest } from '../core/workload.ts'
import type { CapturedValues } from './captured-values.ts'
import type { CheckedAnswer } from './module-functions.ts'
import { type AnswerOutcome, classify } from './outcome.ts'

/** The headers of an answer: name, value, name, value, as they were sent; or by lower-case name. */
export type AnswerHeaders = readonly string[] | Readonly<Record<string, string | string[] | undefined>>

/** The parts of an answer that rules ask for. */
export interface AnswerParts {
  readonly statusCode: number
  readonly headers: AnswerHeaders
  /** The body contains the text that it should. */
  readonly bodyIsRight: boolean
  /** The first MiB of the body, when the rules need it. */
  readonly body: string
}

/** What makes an answer to one planned request right, and what is taken from it; shared by all its answers. */
export class AnswerRules {
  /** Text that the body must contain; undefined when it need not be searched. */
  readonly wantedText: Buffer | undefined
  /** The body has to be kept until it is complete. */
  readonly needsBody: boolean
  readonly #request: PlannedRequest
  readonly #headers: readonly (readonly [string, string])[]
  readonly #expectsDegraded: boolean
  readonly #captures: readonly { readonly capture: Capture; readonly pattern: RegExp | undefined }[]
  readonly #captured: CapturedValues
  readonly #check: ((answer: CheckedAnswer) => boolean) | undefined

  /** @param check of a scenario module; asked last */
  constructor(request: PlannedRequest, captured: CapturedValues, check?: (answer: CheckedAnswer) => boolean) {
    const { expect, captures = [] } = request
    this.#request = request
    this.#captured = captured
    this.#check = check
    this.#headers = Object.entries(expect.headers ?? {}).map(([name, text]) => [name, text.toLowerCase()])
    this.#expectsDegraded = this.#headers.some(([name]) => name === 'x-degraded')
    this.#captures = captures.map((capture) => ({
      capture,
      pattern: capture.from === 'pattern' ? new RegExp(capture.selector) : undefined,
    }))
    this.wantedText = expect.bodyContains === undefined ? undefined : Buffer.from(expect.bodyContains)
    this.needsBody = check !== undefined || captures.some(({ from }) => from !== 'header')
  }

  /** What a complete answer counts as. */
  judge(answer: AnswerParts): AnswerOutcome {
    const outcome = classify(answer.statusCode, answer.bodyIsRight, this.#request.expect)
    if (outcome !== 'good') return outcome
    const headersAreRight = this.#headers.every(([name, text]) =>
      headerOf(answer.headers, name)?.toLowerCase().includes(text),
    )
    if (!headersAreRight) return 'mismatched'
    // A stand-in for the answer, sent with 200 because a person would rather see it than an error.
    if (!this.#expectsDegraded && headerOf(answer.headers, 'x-degraded') !== undefined) return 'mismatched'
    if (this.#check === undefined) return 'good'
    const { statusCode: status, body } = answer
    return this.#check({ status, headers: headerRecord(answer.headers), body }) ? 'good' : 'mismatched'
  }

  /** Takes from a good answer what later requests of its client need. A value that is not there is not kept. */
  capture(client: number, answer: AnswerParts): void {
    if (this.#captures.length === 0) return
    let json: unknown
    if (this.#captures.some(({ capture }) => capture.from === 'json')) json = parsed(answer.body)
    for (const { capture, pattern } of this.#captures) {
      const value =
        capture.from === 'header'
          ? headerOf(answer.headers, capture.selector)
          : capture.from === 'json'
            ? textAt(json, capture.selector)
            : pattern?.exec(answer.body)?.[1]
      if (value !== undefined) this.#captured.keep(client, capture.name, value)
    }
  }
}

/** The value of a header, the first one when it occurs several times. @param name lower-case */
export function headerOf(headers: AnswerHeaders, name: string): string | undefined {
  if (!isList(headers)) {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    return typeof value === 'object' ? value[0] : value
  }
  for (let index = 0; index < headers.length; index += 2) {
    const given = headers[index] ?? ''
    if (given.length === name.length && given.toLowerCase() === name) return headers[index + 1]
  }
  return undefined
}

function headerRecord(headers: AnswerHeaders): Readonly<Record<string, string>> {
  const record: Record<string, string> = {}
  const add = (name: string, value: string): void => {
    record[name] = Object.hasOwn(record, name) ? `${record[name]}, ${value}` : value
  }
  if (!isList(headers)) {
    for (const [name, value] of Object.entries(headers)) for (const one of [value ?? []].flat()) add(name, one)
  } else for (let at = 0; at < headers.length; at += 2) add((headers[at] ?? '').toLowerCase(), headers[at + 1] ?? '')
  return record
}

function isList(headers: AnswerHeaders): headers is readonly string[] {
  return Array.isArray(headers)
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined // an answer that is not JSON has no value at any path
  }
}

/** @param path names and positions, with dots between them */
function textAt(json: unknown, path: string): string | undefined {
  let value = json
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    if (Array.isArray(value) && step === 'length') return undefined // which is not in the JSON
    value = (value as Record<string, unknown>)[step] // an object that has it
  }
  if (typeof value === 'string') return value
  return value === undefined || value === null ? undefined : JSON.stringify(value)
}

import { z } from 'zod'

import { messageOf } from './errors.ts'
import { HEADER_NAME, isSendableHeaderValue, isSendablePath } from './request-text.ts'
import { shortName } from './scenario-values.ts'
import { parseScenarioTemplate, RESERVED_TEMPLATE_NAMES } from './template.ts'

/** What the closed-loop engine can send; CONNECT is no request for a path. */
const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const

/** Connections and lengths are the engines' business. */
export const ENGINE_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
])
/** Letters of a route's name in reports. */
export const MAX_REQUEST_NAME = 200
const STATUS = z.int().min(100).max(599)

const template = z.string().superRefine((text, context) => {
  try {
    parseScenarioTemplate(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) })
  }
})

const path = template.regex(/^\//, { error: 'must begin with /', abort: true }).superRefine((text, context) => {
  const wrong = Array.from(withoutPlaceholders(text)).find((sign) => !isSendablePath(`/${sign}`))
  if (wrong === undefined) return
  const encoded = encodeURIComponent(wrong.toWellFormed())
  context.addIssue({
    code: 'custom',
    message: `must be percent-encoded; write ${JSON.stringify(wrong)} as ${encoded}`,
  })
})

const headerValue = template.refine(
  (text) => isSendableHeaderValue(withoutPlaceholders(text)),
  'must be one line of ASCII characters; encode others, for example by percent',
)

function withoutPlaceholders(text: string): string {
  return text.replaceAll(/\{\{.*?\}\}/g, '')
}

const anyHeaderName = z.string().regex(HEADER_NAME, 'must be the name of a header')

const sentHeaderName = anyHeaderName.refine(
  (name) => !ENGINE_HEADERS.has(name.toLowerCase()),
  'is set by tune itself; leave it out',
)

const pattern = z.string().superRefine((text, context) => {
  const problem = problemOfPattern(text)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
})

function problemOfPattern(text: string): string | undefined {
  try {
    const groups = (new RegExp(`${text}|`).exec('')?.length ?? 1) - 1
    return groups > 0 ? undefined : String.raw`must have a group, such as id=(\d+), got "${text}"`
  } catch (error) {
    return `must be a regular expression: ${messageOf(error)}`
  }
}

const capture = z
  .union([
    z.strictObject({ json: z.string().min(1).describe('where in the JSON body: auth.token, items.0.id') }),
    z.strictObject({ header: anyHeaderName }),
    z.strictObject({ pattern: pattern.describe('a regular expression; its first group is taken from the body') }),
  ])
  .describe('where in a good answer the value is')

const captureName = z
  .string()
  .regex(/^[a-z_][\w-]*$/i, 'must be letters, digits, _ and -')
  .refine((name) => !RESERVED_TEMPLATE_NAMES.includes(name), 'has a meaning of its own')

const expectation = z
  .strictObject({
    status: z
      .union([STATUS, z.array(STATUS).min(1).max(50)])
      .transform((value): readonly number[] => (typeof value === 'number' ? [value] : value))
      .optional()
      .describe('the right status code or codes; without it any 2xx or 3xx'),
    bodyContains: z.string().min(1).optional().describe('text that a right body contains'),
    headers: z
      .record(anyHeaderName, z.string())
      .optional()
      .describe('text that each of these headers contains, without regard to case'),
  })
  .describe('what a right answer looks like')

/** One request of a scenario. */
export const requestSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(MAX_REQUEST_NAME)
    .optional()
    .describe('the route in reports, shared by requests of one name; "METHOD /path" when not given'),
  method: z.enum(HTTP_METHODS).default('GET'),
  path,
  headers: z.record(sentHeaderName, headerValue).default({}),
  body: z
    .union([template, z.record(z.string(), z.unknown())])
    .optional()
    .describe('text, or an object sent as JSON'),
  weight: z.int().min(1).max(10_000).default(1).describe('share of the traffic relative to the other requests'),
  expect: expectation.default({}),
  capture: z
    .record(captureName, capture)
    .optional()
    .describe('values of a good answer that later requests of the same client use as {{name}}'),
})

const cell = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const pick = z
  .enum(['in-order', 'random'])
  .default('in-order')
  .describe('in-order: each row once, then from the beginning again; random: a seeded draw for each request')

/** A data set: rows in the scenario itself, or in a file beside it. */
export const dataSetSchema = z.union([
  z.strictObject({
    rows: z
      .array(z.record(z.string().min(1), cell))
      .min(1)
      .max(10_000),
    pick,
  }),
  z.strictObject({
    file: z
      .string()
      .regex(/\.(csv|jsonl)$/i, 'must be the path of a .csv or .jsonl file')
      .describe('a .csv file with a line of column names, or a .jsonl file; relative to the scenario'),
    pick,
  }),
])

/** The name of a data set. */
export const dataSetName = shortName.refine(
  (name) => !RESERVED_TEMPLATE_NAMES.includes(name),
  'has a meaning of its own in templates',
)

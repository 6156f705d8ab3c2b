import { z } from 'zod'

import { parseObjective } from './objective.ts'
import { parseDuration, parseRate } from './units.ts'

/** A duration as people write it, kept in ms. */
const duration = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const ms = parseDuration(String(value))
    if (ms === undefined || ms <= 0) {
      context.addIssue({ code: 'custom', message: `must be a time above 0 such as 500ms, 10s or 2m, got "${value}"` })
      return z.NEVER
    }
    return ms
  })
  .describe('a time: 500ms, 10s, 2m; a bare number is seconds')

const SHARE_OF_PHASE = /^(\d+(?:\.\d+)?)\s*% of ([a-z][a-z0-9-]*)$/

/** An arrival rate: absolute, or a share of the throughput that an earlier phase reached. */
export type RateExpression =
  | { readonly kind: 'absolute'; readonly ratePerS: number }
  | { readonly kind: 'share'; readonly fraction: number; readonly phase: string }

const rate = z
  .union([z.number(), z.string()])
  .transform((value, context): RateExpression => {
    const share = SHARE_OF_PHASE.exec(String(value))
    if (share?.[2] !== undefined && Number(share[1]) > 0) {
      return { kind: 'share', fraction: Number(share[1]) / 100, phase: share[2] }
    }
    const ratePerS = parseRate(String(value))
    if (ratePerS === undefined || ratePerS <= 0) {
      context.addIssue({
        code: 'custom',
        message: `must be a rate above 0 such as 250, 250/s, 6000/min or "60% of saturate", got "${String(value)}"`,
      })
      return z.NEVER
    }
    return { kind: 'absolute', ratePerS }
  })
  .describe('a rate: 250, 250/s, 6000/min, or "60% of saturate" (of the throughput of an earlier phase)')

const expectation = z
  .strictObject({
    status: z.int().min(100).max(599).optional().describe('the one right status code; without it any 2xx or 3xx'),
    bodyContains: z.string().min(1).optional().describe('text that a right body contains'),
  })
  .describe('what a right answer looks like')

const request = z.strictObject({
  name: z
    .string()
    .min(1)
    .optional()
    .describe('the route in reports, shared by requests of one name; "METHOD /path" when not given'),
  method: z
    .string()
    .regex(/^[A-Z]+$/, 'must be an HTTP method in capitals, such as GET')
    .default('GET'),
  path: z.string().regex(/^\//, 'must begin with /'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .optional()
    .describe('text, or an object sent as JSON'),
  weight: z.int().min(1).max(10_000).default(1).describe('share of the traffic relative to the other requests'),
  expect: expectation.default({}),
})

const phaseName = z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes')

const closedPhase = z.strictObject({
  name: phaseName,
  kind: z.literal('closed'),
  connections: z.int().min(1).max(10_000),
  duration,
  measured: z.boolean().default(true).describe('false: a warm-up, dropped from the report'),
})

const openPhase = z.strictObject({
  name: phaseName,
  kind: z.literal('open'),
  rate,
  arrivals: z.enum(['uniform', 'poisson']).default('poisson'),
  connections: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('exactly so many; without it as many as the answers need'),
  duration,
  measured: z.boolean().default(true),
})

const objectiveText = z.string().superRefine((text, context) => {
  try {
    parseObjective(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is not an objective' })
  }
})

/** The one schema of scenario files; docs/schema/scenario.v1.json is generated from it. */
export const scenarioSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: phaseName,
    description: z.string().min(1),
    lookFor: z.string().optional().describe('what the reader should look for in the result'),
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .describe('settings of the bundled server for this scenario'),
    requests: z.array(request).min(1),
    phases: z.array(z.discriminatedUnion('kind', [closedPhase, openPhase])).min(1),
    objectives: z.array(objectiveText).default([]),
  })
  .superRefine((scenario, context) => {
    const seen = new Set<string>()
    for (const [index, phase] of scenario.phases.entries()) {
      if (seen.has(phase.name)) {
        context.addIssue({
          code: 'custom',
          path: ['phases', index, 'name'],
          message: `"${phase.name}" names two phases`,
        })
      }
      if (phase.kind === 'open' && phase.rate.kind === 'share' && !seen.has(phase.rate.phase)) {
        context.addIssue({
          code: 'custom',
          path: ['phases', index, 'rate'],
          message: `refers to the phase "${phase.rate.phase}", which does not come before it`,
        })
      }
      seen.add(phase.name)
    }
    if (!scenario.phases.some((phase) => phase.measured)) {
      context.addIssue({ code: 'custom', path: ['phases'], message: 'has no measured phase' })
    }
  })

/** A validated scenario: defaults applied, times in ms, rates in 1/s. */
export type Scenario = z.infer<typeof scenarioSchema>
/** One phase of a scenario. */
export type ScenarioPhase = Scenario['phases'][number]
/** A phase of arrivals that do not wait for answers. */
export type OpenPhase = Extract<ScenarioPhase, { readonly kind: 'open' }>

import { z } from 'zod'

import { SIMULATED_UPSTREAMS } from './simulated-upstreams.ts'
import { duration, durationOrNone, rateCourse, shortName, spawnRate } from './scenario-values.ts'
import { parseShare } from './units.ts'
import { MAX_CONNECTIONS } from './workload.ts'

const measured = z.boolean().default(true).describe('false: a warm-up, dropped from the report')

const errorRate = z
  .union([z.number(), z.string()])
  .transform((value, context) => {
    const fraction = parseShare(String(value))
    if (fraction !== undefined && fraction > 0) return fraction
    context.addIssue({
      code: 'custom',
      message: `must be a share above 0, at most 1, such as 0.5 or 50%, got "${value}"`,
    })
    return z.NEVER
  })
  .describe('share of the calls that are answered with 500: 0.5 or 50%')

const fault = z
  .strictObject({
    upstream: z.enum(SIMULATED_UPSTREAMS),
    from: durationOrNone.describe('from the start of the phase'),
    to: duration.describe('from the start of the phase'),
    errorRate: errorRate.optional(),
    latencyFactor: z.number().gt(0).max(1_000).optional().describe('multiplies every latency'),
    silence: z.enum(['hang', 'reset']).optional().describe('calls are never answered, or their connections are reset'),
    body: z.enum(['drip', 'truncate']).optional().describe('answers come byte by byte, or break off in the middle'),
    capacity: z.int().min(0).max(100_000).optional().describe('calls served at a time; more are answered with 503'),
    flapping: duration
      .optional()
      .describe('a time of which all this is so in the first half, then not, again and again'),
  })
  .describe('what is wrong with an upstream of the bundled server for a time')

const faults = z.array(fault).min(1).max(100).optional().describe('the bundled server only')

const closed = z.strictObject({
  name: shortName,
  kind: z.literal('closed'),
  connections: z.int().min(1).max(MAX_CONNECTIONS),
  requests: z.int().min(1).max(1_000_000_000).optional().describe('the phase ends when so many were sent'),
  duration: duration.describe('how long it lasts at most'),
  measured,
  faults,
})

const open = z.strictObject({
  name: shortName,
  kind: z.literal('open'),
  rate: rateCourse.describe(
    '250/s, "60% of saturate", { from, to }, { steps: [100/s, 200/s] } or { base, spikes: [{ at, for, rate }] }',
  ),
  arrivals: z.enum(['uniform', 'poisson']).default('poisson'),
  connections: z
    .int()
    .min(1)
    .max(MAX_CONNECTIONS)
    .optional()
    .describe('exactly so many; without it as many as the answers need'),
  duration,
  measured,
  faults,
})

const users = z.strictObject({
  name: shortName,
  kind: z.literal('users'),
  users: z.int().min(1).max(100_000),
  spawnRate,
  think: z
    .union([
      durationOrNone.transform((ms) => ({ fromMs: ms, toMs: ms })),
      z
        .strictObject({ from: durationOrNone, to: durationOrNone })
        .transform(({ from, to }) => ({ fromMs: from, toMs: to })),
    ])
    .optional()
    .describe('time between an answer and the next request of the same user: 1s, or { from: 1s, to: 3s }'),
  duration,
  measured,
  faults,
})

/** One phase of a scenario. */
export const phaseSchema = z.discriminatedUnion('kind', [closed, open, users], {
  error: (issue) => (issue.code === 'invalid_union' ? 'must be closed, open or users' : undefined),
})

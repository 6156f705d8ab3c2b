import { z } from 'zod'

import type { Milliseconds } from './clock.ts'
import { parseDuration, parseRate } from './units.ts'
import { MAX_DURATION_MS, MAX_RATE_PER_S } from './workload.ts'

/** Ten times what the target can do: more shows nothing else. */
const MAX_SHARE_PERCENT = 1_000
const SHARE_OF_PHASE = /^(\d+(?:\.\d+)?)\s*% of ([a-z][a-z0-9-]*)$/

/** The name of a scenario, a phase or a data set. */
export const shortName = z.string().regex(/^[a-z][a-z0-9-]*$/, {
  error: 'must be lower-case letters, digits and dashes',
  // What refers to the name is only looked at when the name is right.
  abort: true,
})

function durationSchema(allowsNone: boolean): z.ZodType<Milliseconds, string | number> {
  return z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      const ms = parseDuration(String(value))
      if (ms !== undefined && (ms > 0 || allowsNone) && ms <= MAX_DURATION_MS) return ms
      const examples = allowsNone ? 'such as 0s, 500ms or 10s' : 'above 0 such as 500ms, 10s or 2m'
      context.addIssue({ code: 'custom', message: `must be a time ${examples}, at most 24h, got "${value}"` })
      return z.NEVER
    })
    .describe('a time: 500ms, 10s, 2m; a bare number is seconds')
}

/** A duration above 0, at most a day, as people write it; kept in ms. */
export const duration = durationSchema(false)

/** A duration or a moment, 0 or more, at most a day; kept in ms. */
export const durationOrNone = durationSchema(true)

/** An arrival rate: absolute, or a share of the throughput that an earlier phase reached. */
export type RateExpression =
  | { readonly kind: 'absolute'; readonly ratePerS: number }
  | { readonly kind: 'share'; readonly fraction: number; readonly phase: string }

function rateSchema(allowsNone: boolean): z.ZodType<RateExpression, string | number> {
  return z
    .union([z.number(), z.string()])
    .transform((value, context): RateExpression => {
      const [, percent, phase] = SHARE_OF_PHASE.exec(String(value)) ?? []
      if (phase !== undefined && Number(percent) > 0 && Number(percent) <= MAX_SHARE_PERCENT)
        return { kind: 'share', fraction: Number(percent) / 100, phase }
      const ratePerS = parseRate(String(value))
      if (ratePerS !== undefined && (ratePerS > 0 || allowsNone) && ratePerS <= MAX_RATE_PER_S) {
        return { kind: 'absolute', ratePerS }
      }
      const bound = allowsNone ? 'a rate' : 'a rate above 0'
      context.addIssue({
        code: 'custom',
        message: `must be ${bound} such as 250, 250/s, 6000/min or "60% of saturate", at most ${MAX_RATE_PER_S}/s or ${MAX_SHARE_PERCENT}%, got "${value}"`,
      })
      return z.NEVER
    })
    .describe('a rate: 250, 250/s, 6000/min, or "60% of saturate" (of the throughput of an earlier phase)')
}

const rate = rateSchema(false)
const rateOrNone = rateSchema(true)

/** Users that begin per second; absolute, above 0; kept in 1/s. */
export const spawnRate = z
  .union([z.number(), z.string()])
  .transform((value, context) => {
    const ratePerS = parseRate(String(value))
    if (ratePerS !== undefined && ratePerS > 0 && ratePerS <= MAX_RATE_PER_S) return ratePerS
    context.addIssue({ code: 'custom', message: `must be a rate above 0 such as 10/s, got "${value}"` })
    return z.NEVER
  })
  .describe('users that begin per second: 10/s')

/** How the arrival rate of a phase goes: constant, evenly from one to another, in steps of equal length, or with spikes. */
export type RateCourse =
  | RateExpression
  | { readonly kind: 'ramp'; readonly from: RateExpression; readonly to: RateExpression }
  | { readonly kind: 'steps'; readonly steps: readonly RateExpression[] }
  | { readonly kind: 'spikes'; readonly base: RateExpression; readonly spikes: readonly RateSpike[] }

/** A part of a phase with a rate of its own; times from the start of the phase. */
export interface RateSpike {
  readonly atMs: number
  readonly forMs: number
  readonly rate: RateExpression
}

const ramp = z
  .strictObject({ from: rateOrNone, to: rateOrNone })
  .transform(({ from, to }): RateCourse => ({ kind: 'ramp', from, to }))
  .describe('evenly from one rate to another')

const steps = z
  .strictObject({ steps: z.array(rate).min(2).max(100) })
  .transform((value): RateCourse => ({ kind: 'steps', steps: value.steps }))
  .describe('one rate after the other, each for the same time')

const spike = z
  .strictObject({ at: durationOrNone, for: duration, rate })
  .transform((value): RateSpike => ({ atMs: value.at, forMs: value.for, rate: value.rate }))

const spikes = z
  .strictObject({ base: rate, spikes: z.array(spike).min(1).max(100) })
  .transform((value): RateCourse => ({ kind: 'spikes', ...value }))
  .describe('a rate, and other rates for short times')

/** What `rate` of an open phase may be. */
export const rateCourse: z.ZodType<RateCourse> = z.union([rate, ramp, steps, spikes])

/** The rates that a course is made of, each with its path below `rate`. */
export function ratesOf(
  course: RateCourse,
): readonly { readonly path: PropertyKey[]; readonly rate: RateExpression }[] {
  switch (course.kind) {
    case 'absolute':
    case 'share':
      return [{ path: [], rate: course }]
    case 'ramp':
      return [
        { path: ['from'], rate: course.from },
        { path: ['to'], rate: course.to },
      ]
    case 'steps':
      return course.steps.map((step, index) => ({ path: ['steps', index], rate: step }))
    case 'spikes':
      return [
        { path: ['base'], rate: course.base },
        ...course.spikes.map((one, index) => ({ path: ['spikes', index, 'rate'], rate: one.rate })),
      ]
  }
}

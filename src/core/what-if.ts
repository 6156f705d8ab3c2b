import { z } from 'zod'

import type { DeepReadonly } from './deep-readonly.ts'

/** The version of the document that `tune recommend --from … --json` prints; it grows by optional keys only. */
export const WHAT_IF_SCHEMA = 'tune.what-if/v1'

const above0 = z.number().positive()

/** A figure and the bounds between which it is expected; same unit. */
const range = z.object({ value: z.number(), low: z.number(), high: z.number() })

const question = {
  schema: z.literal(WHAT_IF_SCHEMA),
  /** The report that was asked. */
  from: z.object({ file: z.string(), createdAt: z.iso.datetime(), scenario: z.string() }),
  /** What it has measured at full load; the figures of requests are absent when no such phase was valid. */
  measured: z.object({
    cpus: above0,
    workers: z.int().nonnegative().nullable(),
    throughputPerS: z.number().nonnegative().optional(),
    cpuMsPerRequest: above0.optional(),
    busyLoopMsPerRequest: above0.nullable().optional(),
    /** Mean over the workers, 0..1. */
    loopUtilization: z.number().nullable().optional(),
    primaryCpuMsPerRequest: z.number().nonnegative().nullable().optional(),
    /** Processes that did the work. */
    busyWorkers: z.int().positive().optional(),
  }),
  /** One of the machines that were asked about, and the rate of all of them together. */
  target: z.object({ cpus: above0, memoryBytes: above0, ratePerS: above0.nullable() }),
}

const answered = z.object({
  ...question,
  outcome: z.literal('answered'),
  /** Of one machine. */
  workers: z.int().positive(),
  /** How many the memory of one machine holds; null when memory was not measured. */
  workersThatFit: z.int().nonnegative().nullable(),
  /** Memory planned for one worker; null when it was not measured. */
  workerBytes: z.number().nonnegative().nullable(),
  /** Of one machine when it is full, 1/s. */
  capacityPerS: range,
  /** What keeps one machine from doing more. */
  binding: z.string(),
  /** The share of linear growth that is left from the measured CPUs to those of the machine. */
  efficiency: range.extend({ basis: z.enum(['rule', 'modelled']) }),
  /** Null when the latency objectives were missed at every rate that was measured. */
  plan: z
    .object({
      /** Of the capacity. */
      share: z.number().nonnegative(),
      basis: z.enum(['rule', 'measured']),
      /** Of one machine, 1/s. */
      ratePerS: range,
      /** Null without a target rate. */
      machines: range.nullable(),
    })
    .nullable(),
  confidence: z.enum(['high', 'medium', 'low']),
  /** What lowers the confidence. */
  doubts: z.array(z.string()),
  /** What the answer does not know. */
  limits: z.array(z.string()),
})

const refused = z.object({
  ...question,
  outcome: z.literal('refused'),
  reason: z.string(),
  hint: z.string(),
})

/** What a report means for other machines. The published JSON Schema, docs/schema/what-if.v1.json, is generated from it. */
export const whatIfSchema = z.discriminatedUnion('outcome', [answered, refused])

/** The document of one question about other machines: the answer with its limits, or why there is none. */
export type WhatIfDocument = DeepReadonly<z.input<typeof whatIfSchema>>

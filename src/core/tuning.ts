import { z } from 'zod'

const count = z.int().nonnegative()
const figure = z.number().nonnegative()
const interval = z.tuple([z.number(), z.number()])

const probe = z.object({
  purpose: z.enum(['calibrate', 'search', 'compare', 'capacity', 'verify']),
  /** Which settings a boot of the verification had; null elsewhere. */
  side: z.enum(['recommended', 'current']).nullable(),
  /** Null where nothing tells the target how many. */
  workers: count.nullable(),
  /** Where its phases stand in `runs`. */
  runs: z.array(count),
  /** Good answers per second at full load; null when the boot had no such phase. */
  throughputPerS: figure.nullable(),
  cpuMsPerRequest: figure.nullable(),
  /** Of the CPUs that the target could use, 0..1. */
  cpuUtilization: figure.nullable(),
  /** False when what it found was not trusted. */
  isUsed: z.boolean(),
  /** What it was to find out. */
  why: z.string(),
})

/** How a search for settings went: what was probed, what was chosen, and whether it proved better than what there was. */
export const tuningSchema = z.object({
  effort: z.enum(['quick', 'standard', 'thorough']),
  /** CPUs that the target could use while it was probed. */
  cpus: z.number().positive(),
  /** One entry per boot, in order of time. */
  probes: z.array(probe),
  /** The worker count for these CPUs; null when there was none to choose. */
  choice: z
    .object({
      workers: count,
      throughputPerS: figure,
      binding: z.string(),
      why: z.string(),
      doubts: z.array(z.string()),
    })
    .nullable(),
  /** The highest rate at which the objectives were kept; null when none was found. */
  capacity: z.object({ ratePerS: figure, interval, objectives: z.array(z.string()) }).nullable(),
  /** The recommended settings against the current ones, in fresh boots by turns; null when it did not come to that. */
  verification: z
    .object({
      /** `same`: they do not differ in anything that can be tried. */
      outcome: z.enum(['better', 'equivalent', 'worse', 'inconclusive', 'same', 'skipped']),
      /** Throughput with the recommended settings / with the current ones. */
      ratio: figure.nullable(),
      interval: interval.nullable(),
      pairs: count,
      why: z.string(),
    })
    .nullable(),
  tookMs: figure,
})

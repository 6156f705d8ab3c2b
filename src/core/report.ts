import { z } from 'zod'

import { BREAKER_STATES } from './breaker-state.ts'
import type { DeepReadonly } from './deep-readonly.ts'
import { OUTCOMES } from './measurement.ts'
import { tuningSchema } from './tuning.ts'

/** The version of the document that every run writes; it grows by optional keys only. */
export const REPORT_SCHEMA = 'tune.report/v1'

const count = z.int().nonnegative()
const milliseconds = z.number().nonnegative()
const evidence = z.record(z.string(), z.union([z.number(), z.string()]))

const requestCounts = z.object({
  scheduled: count,
  sent: count,
  dropped: count,
  cached: count,
  ...(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count])) as Record<
    (typeof OUTCOMES)[number],
    typeof count
  >),
})

const latency = z.object({
  count,
  meanMs: milliseconds.nullable(),
  p50Ms: milliseconds.nullable(),
  p90Ms: milliseconds.nullable(),
  p95Ms: milliseconds.nullable(),
  p99Ms: milliseconds.nullable(),
  p999Ms: milliseconds.nullable(),
  maxMs: milliseconds.nullable(),
  histogram: z.string(),
})

const workerUse = z.object({
  pid: count,
  role: z.enum(['primary', 'worker']),
  cpuMs: milliseconds,
  runQueueDelayMs: milliseconds.nullable(),
  loopUtilization: z.number().nullable(),
  rssBytes: count,
  pssBytes: count.nullable(),
  requests: count.nullable(),
})

const targetUse = z.object({
  cpuMsPerRequest: milliseconds.nullable(),
  busyLoopMsPerRequest: milliseconds.nullable(),
  /** CPU time of all target processes / wall time, in CPUs. */
  cpus: milliseconds,
  rssBytes: count,
  pssBytes: count.nullable(),
  workers: z.array(workerUse),
})

const generatorHealth = z.object({
  processes: count,
  cpuFraction: milliseconds,
  loopDelayP99Ms: milliseconds,
  sendRatio: z.number(),
  lateP50Ms: z.number().nullable(),
  lateP99Ms: z.number().nullable(),
  hiccupP99Ms: milliseconds.nullable(),
  starvedFraction: z.number().nullable().optional(),
})

const validity = z.object({
  verdict: z.enum(['valid', 'suspect', 'invalid']),
  reasons: z.array(
    z.object({ code: z.string(), severity: z.enum(['suspect', 'invalid']), evidence: z.string(), hint: z.string() }),
  ),
})

/** What the processes of the target did in one second; null figures were not to be had. */
const workerSecond = z.object({
  pid: count,
  role: z.enum(['primary', 'worker']),
  cpus: milliseconds,
  loopUtilization: z.number().nullable(),
  rssBytes: count.nullable(),
})

/**
 * What the bundled server did in one second, over all workers: lookups, calls, failures and refusals of that second, the rest
 * as it was at its end. A lookup that waited for the call of another request is a miss.
 */
const serverSecond = z.object({
  cacheHits: count.nullable(),
  cacheMisses: count.nullable(),
  queueRunning: count.nullable(),
  queueWaiting: count.nullable(),
  queueRefused: count.nullable(),
  /** `breaker` is the worst of all workers: open before half-open before closed. */
  upstreams: z.array(
    z.object({
      name: z.string(),
      calls: count,
      failures: count,
      /** Time that the calls of this second held a connection, together. */
      holdMs: milliseconds.optional(),
      breaker: z.enum(BREAKER_STATES),
      poolRunning: count,
      poolPending: count,
      poolConnected: count,
    }),
  ),
})

const timelineEntry = z.object({
  second: milliseconds,
  throughputPerS: milliseconds,
  goodputPerS: milliseconds,
  p50Ms: milliseconds.nullable(),
  p99Ms: milliseconds.nullable(),
  inFlight: count,
  targetCpus: milliseconds.nullable(),
  /** By outcome: how many ended so in this second, and how long they took; an outcome that did not occur is absent. */
  outcomes: z
    .record(z.string(), z.object({ count, p50Ms: milliseconds.nullable(), p99Ms: milliseconds.nullable() }))
    .optional(),
  workers: z.array(workerSecond).optional(),
  server: serverSecond.optional(),
})

const run = z.object({
  scenario: z.string(),
  phase: z.string(),
  workload: z.object({
    kind: z.enum(['closed', 'open', 'users']),
    connections: count,
    /** The mean over the phase. */
    ratePerS: milliseconds.nullable(),
    arrivals: z.enum(['uniform', 'poisson']).nullable(),
    /** Present when the rate was not the same all the time. */
    stretches: z.array(z.object({ durationMs: milliseconds, fromPerS: milliseconds, toPerS: milliseconds })).optional(),
    users: count.optional(),
    spawnRatePerS: milliseconds.optional(),
    thinkMs: z.tuple([milliseconds, milliseconds]).optional(),
  }),
  workers: count.nullable(),
  repetition: count,
  startedAt: z.iso.datetime(),
  durationMs: milliseconds,
  requests: requestCounts,
  offeredPerS: milliseconds,
  throughputPerS: milliseconds,
  goodputPerS: milliseconds,
  responseTime: latency,
  serviceTime: latency,
  otherOutcomes: z.record(z.string(), z.object({ responseTime: latency, serviceTime: latency })),
  errors: z.record(z.string(), count),
  statusCodes: z.record(z.string(), count),
  routes: z.array(z.object({ name: z.string(), requests: requestCounts, responseTime: latency, serviceTime: latency })),
  targetUse: targetUse.nullable(),
  generator: generatorHealth,
  validity,
  /** The phase was cut short by the user; its figures cover what was sent until then. */
  interrupted: z.boolean().optional(),
  /** What was wrong on purpose, and when; seconds from the start of the phase. */
  faults: z
    .array(z.object({ upstream: z.string(), fromS: milliseconds, toS: milliseconds, fault: z.string() }))
    .optional(),
  /** What else took CPU time meanwhile. */
  interference: z
    .object({
      stealFraction: z.number(),
      throttledCount: count,
      /** CPU time of processes that are not ours, in CPUs; null when it cannot be told. */
      neighbourCpus: z.number().nullable(),
      /** The busiest of them. */
      neighbour: z.string().nullable(),
      /** How long the target stood still because it had used up its quota, over all CPUs; present under `--placement quota`. */
      targetThrottledMs: milliseconds.optional(),
    })
    .optional(),
  /** Whether the CPU time per request had settled (MSER-5), and from which second on. */
  steadyState: z.object({ hasSettled: z.boolean(), fromS: milliseconds }).optional(),
  timeline: z.array(timelineEntry),
})

const recommendation = z.object({
  setting: z.string(),
  value: z.number(),
  /** `[low, high]` at 95 % confidence, in the unit of the value; absent for a rule. */
  interval: z.tuple([z.number(), z.number()]).optional(),
  current: z.number().nullable(),
  unit: z.string(),
  basis: z.enum(['measured', 'modelled', 'rule', 'constraint']),
  formula: z.string(),
  evidence,
  confidence: z.enum(['high', 'medium', 'low']),
  binding: z.string(),
  explanation: z.string(),
})

/** One figure of one phase over several boots: their mean, and its confidence interval with the boot as the unit. */
const repeatedFigure = z.object({
  phase: z.string(),
  figure: z.string(),
  unit: z.enum(['ms', '1/s']),
  boots: count,
  mean: z.number(),
  low: z.number(),
  high: z.number(),
  level: z.number(),
})

const check = z.object({
  name: z.string(),
  expected: z.string(),
  actual: z.string(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  outcome: z.enum(['pass', 'fail', 'inconclusive']),
})

/** The document of a run. The published JSON Schema, docs/schema/report.v1.json, is generated from it. */
export const reportSchema = z.object({
  schema: z.literal(REPORT_SCHEMA),
  tool: z.object({ name: z.literal('tune'), version: z.string() }),
  createdAt: z.iso.datetime(),
  command: z.string(),
  seed: z.int(),
  host: z.object({
    platform: z.string(),
    kernel: z.string(),
    nodeVersion: z.string(),
    virtualization: z.string().nullable(),
    cpus: z.object({
      model: z.string(),
      logical: z.number(),
      affinity: z.array(count),
      quota: z.number().nullable(),
      effective: z.number().positive(),
      source: z.enum(['machine', 'affinity', 'cgroup-v1', 'cgroup-v2', 'override']),
      origin: z.string(),
    }),
    memory: z.object({
      totalBytes: count,
      limitBytes: count,
      source: z.enum(['machine', 'cgroup-v1', 'cgroup-v2']),
      origin: z.string(),
    }),
    fingerprint: z.string(),
  }),
  /** The user stopped the invocation; what follows was measured until then. */
  interrupted: z.boolean().optional(),
  placement: z.object({
    mode: z.enum(['split', 'shared', 'quota']),
    targetCpus: z.array(count),
    generatorCpus: z.array(count),
    targetEffectiveCpus: z.number(),
    generatorMaySpin: z.boolean(),
    explanation: z.string(),
  }),
  target: z.object({
    kind: z.enum(['bundled', 'url', 'command']),
    url: z.string(),
    workers: count.nullable(),
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  runs: z.array(run),
  /** With --repeat: what the boots agree on. */
  overBoots: z.array(repeatedFigure).optional(),
  /** With `tune recommend`: how the settings were found. */
  tuning: tuningSchema.optional(),
  recommendations: z.array(recommendation),
  rulesOfThumb: z.array(z.object({ setting: z.string(), rule: z.string(), value: z.number(), comment: z.string() })),
  verdict: z.object({ outcome: z.enum(['pass', 'fail', 'inconclusive', 'none']), checks: z.array(check) }),
  /** What the reader must know beside the figures: settings switched off, facts that were missing. */
  notes: z.array(z.string()),
})

/** Everything one invocation measured, decided and recommends. */
export type Report = DeepReadonly<z.infer<typeof reportSchema>>
/** One measured phase of one configuration. */
export type Run = Report['runs'][number]
/** What the target used during one run; null figures were not to be had. */
export type TargetUse = DeepReadonly<z.infer<typeof targetUse>>
/** One process of the target during one run. */
export type WorkerUse = DeepReadonly<z.infer<typeof workerUse>>
/** One second of a run. */
export type TimelineEntry = Run['timeline'][number]
/** What was decided about the objectives. */
export type Verdict = Report['verdict']
/** How a search for settings went. */
export type Tuning = NonNullable<Report['tuning']>
/** One boot of that search. */
export type TuningProbe = Tuning['probes'][number]
/** One objective, what was found, and the outcome. */
export type Check = Verdict['checks'][number]

import type { SizingInput } from '../../src/sizing/sizing-input.ts'

export const MIB = 1_048_576

/** Two CPUs, all of them measured; 2 ms of CPU per request, nothing blocks. */
export const EXAMPLE: SizingInput = {
  measuredCpus: 2,
  deployedCpus: 2,
  logicalCpus: 8,
  memoryLimitBytes: 2_048 * MIB,
  workers: 2,
  saturated: {
    throughputPerS: 950,
    cpuMsPerRequest: 2,
    busyLoopMsPerRequest: 2,
    loopUtilization: 0.95,
    primaryCpuMsPerRequest: 0.01,
    busyWorkers: 2,
  },
  steady: {
    ratePerS: 500,
    responseP99Ms: 40,
    serviceP50Ms: 22,
    upstream: { callsPerRequest: 0.25, meanHoldMs: 50 },
    database: null,
  },
  databaseConnectionLimit: null,
  memory: { primaryBytes: 60 * MIB, workerBytes: 100 * MIB, isProportional: true, heapUsedBytes: 30 * MIB },
  cache: { entries: 1_000, bytes: 2 * MIB, hitRate: 0.8 },
  latencyObjectiveMs: 200,
  current: { UPSTREAM_POOL_MAX: 100, QUEUE_SIZE: 1_000, CACHE_MAX_BYTES: 64 * MIB, KEEP_ALIVE: 75 },
}

import type { SizingInput } from '../../src/sizing/sizing-input.ts'
import { NO_SPREADS } from '../../src/sizing/advice/spread.ts'

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
    serviceMeanMs: 15,
    upstream: {
      callsPerRequest: 0.25,
      meanHoldMs: 50,
      counted: { calls: 6_000, failures: 6, holdCounts: [0, 0, 0, 5_990, 5, 5, 0, 0, 0, 0], isSimulated: false },
    },
    database: null,
  },
  databaseConnectionLimit: null,
  ramp: null,
  memory: {
    primaryBytes: 60 * MIB,
    workerBytes: 100 * MIB,
    isProportional: true,
    heapUsedBytes: 30 * MIB,
    workerResidentBytes: 120 * MIB,
    growthBytesPerRequest: null,
  },
  cache: { entries: 1_000, bytes: 2 * MIB, hitRate: 0.8 },
  latencyObjectiveMs: 200,
  activeClients: 20,
  threadPoolMsPerRequest: null,
  cpuWork: null,
  spreads: NO_SPREADS,
  current: {
    UPSTREAM_POOL_MAX: 100,
    UPSTREAM_POOL_KEEPALIVE: 20,
    UPSTREAM_CONNECT_TIMEOUT: 5,
    UPSTREAM_TIMEOUT: 120,
    RETRY_MAX_ATTEMPTS: 3,
    RETRY_MAX_DELAY: 5,
    RETRY_BUDGET: 20,
    REQUEST_TIMEOUT: 60,
    CB_RECOVERY_TIMEOUT: 30,
    QUEUE_CONCURRENCY: 100,
    QUEUE_SIZE: 1_000,
    CACHE_MAX_BYTES: 64 * MIB,
    KEEP_ALIVE: 75,
  },
}

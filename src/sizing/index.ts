export { keepAliveSeconds } from './keep-alive.ts'
export { closedLoopThroughput, inFlight } from './littles-law.ts'
export {
  cacheBytesWithin,
  neededOldSpaceBytes,
  oldSpaceBytes,
  plannableBytes,
  plannedWorkerBytes,
  type WorkerMemory,
  workersThatFit,
} from './memory.ts'
export { countedWaitMs, keptConnections, poolSize } from './pools.ts'
export { queueLength } from './queue-length.ts'
export { erlangB, erlangC, waitQuantileMs } from './queueing.ts'
export { recommend, type SizingAdvice } from './recommend.ts'
export { rulesOfThumb } from './rules-of-thumb.ts'
export { efficiencyAt, peakConcurrency, responseTimeAt, type ScalabilityLaw, throughputAt } from './scalability.ts'
export { fitScalability, type ScalabilityFit, type ScalabilityPeak, type ScalabilityPoint } from './scalability-fit.ts'
export type {
  CacheUse,
  ConcurrencyRamp,
  CountedCalls,
  DatabaseUse,
  MemoryFigures,
  SaturatedFigures,
  SizedSetting,
  SizingInput,
  SteadyFigures,
  UpstreamUse,
} from './sizing-input.ts'
export { capacityPerS, modelledCapacity, scalingEfficiency, utilization } from './utilization.ts'
export type { Spread, Spreads } from './advice/spread.ts'
export { whatIf, type WhatIfAnswer, type WhatIfRefusal } from './what-if/what-if.ts'
export type { ObjectiveRates, WhatIfEvidence, WhatIfTarget } from './what-if/what-if-evidence.ts'
export type { MachinePlan, Range } from './what-if/what-if-plan.ts'
export { BOOTS_PER_COMPARISON, nextStep } from './worker-search/next-step.ts'
export type {
  SearchStep,
  SettledSearch,
  WorkerComparison,
  WorkerProbe,
  WorkerSearch,
} from './worker-search/worker-search.ts'
export {
  type Bottleneck,
  chooseWorkers,
  type Demand,
  type Prediction,
  predictThroughput,
  type WorkerChoice,
} from './workers.ts'

import { cpuMsWith, type Demand, type Prediction, predictThroughput } from '../workers.ts'
import type { WorkerComparison, WorkerProbe } from './worker-search.ts'
import { CPU_TIME_SPREAD, type World } from './worlds.ts'

/** Now and then a boot is odd: with four degrees of freedom one far away does not rule out what all others say. */
const DEGREES_OF_FREEDOM = 4

/** The density of Student's t with four degrees of freedom at 0 is 3/8. */
const PEAK_LOG_DENSITY = Math.log(3 / 8)

/** Where nothing told what to expect, all throughputs within e⁵ = 150 times each other were as likely. */
const UNINFORMED_LOG_DENSITY = -Math.log(5)

/** How well a world explains what was measured: the logarithm of its likelihood, comparable between worlds only. */
export function logLikelihood(
  world: World,
  probes: readonly WorkerProbe[],
  comparisons: readonly WorkerComparison[],
): number {
  let sum = 0
  for (const [index, probe] of probes.entries()) {
    const prediction = predictThroughput(probe.workers, world.demand)
    sum += cpuTimeLogDensity(world, probe, prediction)
    sum += index === 0 && world.isMadeFromCalibration ? UNINFORMED_LOG_DENSITY : throughputLogDensity(world, probe)
  }
  for (const comparison of comparisons) sum += comparisonLogDensity(world, comparison)
  return sum
}

function throughputLogDensity(world: World, probe: WorkerProbe): number {
  const { throughputPerS } = predictThroughput(probe.workers, atSpeedOf(probe, world))
  const spread = Math.hypot(world.bootSpread, (probe.standardError ?? 0) / probe.throughputPerS)
  return logDensity(Math.log(probe.throughputPerS / throughputPerS), spread)
}

/**
 * What requests asked for in this boot: where they took more CPU time than the world says, the CPUs were slower by that, which
 * says nothing about the worker count. What is blocked without computing takes as long as ever.
 */
function atSpeedOf({ workers, cpuMsPerRequest }: WorkerProbe, { demand }: World): Demand {
  if (cpuMsPerRequest === null) return demand
  const { bottleneck } = predictThroughput(workers, demand)
  const slowness = cpuMsPerRequest / cpuMsWith(workers, demand, bottleneck === 'cpu')
  const { cpuMs, busyLoopMs } = demand
  return {
    ...demand,
    cpuMs: cpuMs * slowness,
    busyLoopMs: busyLoopMs + Math.min(cpuMs, busyLoopMs) * (slowness - 1),
  }
}

function cpuTimeLogDensity({ demand }: World, probe: WorkerProbe, { bottleneck }: Prediction): number {
  if (probe.cpuMsPerRequest === null) return 0
  // Threads cost each other something only while they wait for the same CPUs.
  const predictedMs = cpuMsWith(probe.workers, demand, bottleneck === 'cpu')
  return logDensity(Math.log(probe.cpuMsPerRequest / predictedMs), CPU_TIME_SPREAD)
}

function comparisonLogDensity({ demand, bootSpread }: World, { workers, ratios }: WorkerComparison): number {
  if (ratios.length === 0) return 0
  const [fewer, more] = workers
  const mean = ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length
  const predicted = predictThroughput(more, demand).throughputPerS / predictThroughput(fewer, demand).throughputPerS
  return logDensity(mean - Math.log(predicted), bootSpread * Math.sqrt(2 / ratios.length))
}

/** Of a deviation that is spread like Student's t. */
function logDensity(deviation: number, spread: number): number {
  const exponent = -(DEGREES_OF_FREEDOM + 1) / 2
  return PEAK_LOG_DENSITY - Math.log(spread) + exponent * Math.log1p((deviation / spread) ** 2 / DEGREES_OF_FREEDOM)
}

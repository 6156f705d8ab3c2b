import { kneeConcurrency } from '../../sizing/concurrency-knee.ts'
import { nextConnections, type RampStep } from '../../sizing/connection-ramp.ts'
import type { ScalabilityPoint } from '../../sizing/scalability-fit.ts'
import type { BenchOptions } from '../bench.ts'
import type { PhaseOutcome } from '../run-phase.ts'
import type { TargetOptions } from '../target.ts'
import type { EffortPlan } from './effort.ts'
import { assertAnswered, closedPhase, type ProbeBoot, type Probing, trusted, SATURATE } from './probing.ts'

/** What a first look at the target showed. */
export interface Calibration {
  /** Null where it cannot be seen. */
  readonly workers: number | null
  /** Good answers per second over more and more connections, the fewest first. */
  readonly ramp: readonly RampStep[]
  /** Over as many connections as fill the target. */
  readonly saturated: PhaseOutcome
  readonly connections: number
}

/** More connections than this do not fit into the ports and files that one machine usually grants. */
const MOST_CONNECTIONS = 1_000

/** The warm-up comes before anything is known. */
const WARM_UP_CONNECTIONS = 10

/** Each worker gets at least so many: fewer may leave one without work while another has a queue. */
const LEAST_PER_WORKER = 10

/** Connections beyond the knee, so that no worker waits for the generator. */
const BEYOND_KNEE = 2

/** Of the timeout, what may pass in the queue of a full target. */
const QUEUE_SHARE_OF_TIMEOUT = 0.25

/**
 * Starts the target and finds out how its throughput grows with the connections; once more when the figures of the first
 * time cannot be trusted.
 *
 * @throws {TargetError} when it cannot be started, dies, or answers nothing well
 * @throws {UntrustedProbe} when the figures of the second time cannot be trusted either
 */
export async function calibrate(probing: Probing, plan: EffortPlan, target: TargetOptions): Promise<Calibration> {
  const why = 'what a request costs, and how many connections fill the target'
  return trusted(
    () =>
      probing.probe({ purpose: 'calibrate', side: null, target, why }, (boot) => climb(boot, plan, probing.options)),
    ({ saturated }) => saturated.run,
  )
}

async function climb(
  boot: ProbeBoot,
  plan: EffortPlan,
  { timeoutMs }: Pick<BenchOptions, 'timeoutMs'>,
): Promise<Calibration> {
  assertAnswered((await boot.run(closedPhase('warm-up', WARM_UP_CONNECTIONS, plan.warmUpMs, false))).run)
  const ramp: RampStep[] = []
  const path = { factor: plan.rampFactor, mostConnections: MOST_CONNECTIONS }
  for (let connections = nextConnections(ramp, path); connections !== null;) {
    const { run } = await boot.run(closedPhase(`ramp-${connections}`, connections, plan.rampStepMs))
    ramp.push({ connections, throughputPerS: run.goodputPerS })
    connections = nextConnections(ramp, path)
  }
  const connections = fillingConnections(ramp, timeoutMs)
  const saturated = await boot.run(closedPhase(SATURATE, connections, plan.saturateMs))
  assertAnswered(saturated.run)
  return { workers: boot.workers, ramp, saturated, connections }
}

/** Enough to fill the target, and few enough that nobody times out in its queue. */
function fillingConnections(ramp: readonly RampStep[], timeoutMs: number): number {
  const knee = kneeConcurrency(pointsOf(ramp)) ?? ramp.at(-1)?.connections ?? LEAST_PER_WORKER
  const bestPerS = Math.max(0, ...ramp.map(({ throughputPerS }) => throughputPerS))
  const queued = (bestPerS * timeoutMs * QUEUE_SHARE_OF_TIMEOUT) / 1_000
  return Math.ceil(Math.min(Math.max(LEAST_PER_WORKER, BEYOND_KNEE * knee), Math.max(1, queued), MOST_CONNECTIONS))
}

/** The ramp as sizing takes it. */
export function pointsOf(ramp: readonly RampStep[]): readonly ScalabilityPoint[] {
  return ramp.map(({ connections, throughputPerS }) => ({ concurrency: connections, throughputPerS }))
}

/** Connections that fill the target with another worker count. */
export function connectionsFor(calibration: Calibration, workers: number | null): number {
  const times = (workers ?? 1) / (calibration.workers ?? workers ?? 1)
  return Math.min(MOST_CONNECTIONS, Math.ceil(calibration.connections * Math.max(1, times)))
}

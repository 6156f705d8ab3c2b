import type { Milliseconds } from '../core/clock.ts'
import type { Progress } from '../core/events.ts'
import type { GeneratorBeat, GeneratorPlan, GeneratorResult, GeneratorSnapshot } from '../core/generator-messages.ts'
import type { TimelineEntry } from '../core/report.ts'
import { type Interference, interferenceBetween, sampleInterference } from '../host/interference.ts'
import { type Neighbours, neighboursBetween, sampleNeighbours } from '../host/neighbours.ts'
import type { CpuQuota } from '../host/quota.ts'
import { type SteadyState, steadyStateOf, warmUpIsOver } from '../stats/steady-state.ts'
import { CostSeries } from './cost-series.ts'
import { LiveFigures } from './live-figures.ts'
import type { Target } from './target.ts'
import { readAccounts, totalCpuMs } from './target-cpu.ts'
import { sampleOf, statsOf, type TargetSample } from './target-use.ts'

/** What is watched. */
export interface WatchedPhase {
  readonly name: string
  readonly plan: GeneratorPlan
  /** How long the phase is for a display; one that is prolonged shows what has passed. */
  readonly shownMs: Milliseconds
  readonly target: Target
  /** That the target is under; undefined without one. */
  readonly quota: Pick<CpuQuota, 'throttledMs'> | undefined
  /** CPU numbers of target and generators. */
  readonly cpus: readonly number[]
}

/** What was seen of target and machine over a whole phase. */
export interface PhaseSight {
  /** ISO 8601. */
  readonly startedAt: string
  /** What the target told about itself at both ends; null when it cannot be seen. */
  readonly samples: { readonly before: TargetSample | null; readonly after: TargetSample | null }
  readonly interference: Interference
  readonly neighbours: Neighbours | null
  /** How long its quota stopped the target, over all CPUs; undefined without one. */
  readonly targetThrottledMs: Milliseconds | undefined
  readonly timeline: readonly TimelineEntry[]
  /** Of the CPU time per request; null for too few beats. */
  readonly steadyState: SteadyState | null
}

/** Looks at the target and the machine while a phase runs; all shares are of the time from `begin` to `end`. */
export class PhaseWatch {
  readonly #phase: WatchedPhase
  #begun: Begun | undefined

  constructor(phase: WatchedPhase) {
    this.#phase = phase
  }

  /** The first look; as close to the start of the load as can be, because the idle time before it counts like any other. */
  async begin(): Promise<void> {
    const { name, plan, shownMs, target, quota, cpus } = this.#phase
    const throttledMs = quota?.throttledMs() ?? 0
    const interference = sampleInterference()
    const neighbours = sampleNeighbours(target.pids, { cpus })
    const stats = await statsOf(target)
    const reading = readAccounts(target)
    this.#begun = {
      throttledMs,
      interference,
      neighbours,
      before: sampleOf(reading, stats),
      startedAt: new Date().toISOString(),
      costs: new CostSeries(totalCpuMs(reading)),
      live: new LiveFigures(name, plan, target, reading, shownMs),
    }
  }

  /** The figures since the last snapshot. */
  update(snapshot: GeneratorSnapshot): Progress {
    return this.#since().live.update(snapshot, readAccounts(this.#phase.target))
  }

  /** Takes the CPU time of the target now, for a beat of a load that stays the same. */
  addCost(beat: GeneratorBeat): void {
    this.#since().costs.add(beat, totalCpuMs(readAccounts(this.#phase.target)))
  }

  /** Target and compiler have been warmed up; as far as the beats tell that were added. */
  isWarm(): boolean {
    const { completed, values } = this.#since().costs
    return warmUpIsOver({ completed, series: values })
  }

  /** The last look. */
  async end(result: GeneratorResult): Promise<PhaseSight> {
    const { target, quota, cpus } = this.#phase
    const { throttledMs, interference, neighbours, before, startedAt, costs, live } = this.#since()
    // What it costs to ask the target does not belong to the phase.
    const reading = readAccounts(target)
    const [timeline, stats] = await Promise.all([live.finish(result, reading), statsOf(target)])
    return {
      startedAt,
      samples: { before, after: sampleOf(reading, stats) },
      interference: interferenceBetween(interference, sampleInterference()),
      neighbours: neighboursBetween(neighbours, sampleNeighbours(target.pids, { cpus })),
      targetThrottledMs: quota === undefined ? undefined : quota.throttledMs() - throttledMs,
      timeline,
      steadyState: steadyStateOf(costs.values),
    }
  }

  #since(): Begun {
    if (this.#begun === undefined) throw new Error('a phase was run that had not been prepared')
    return this.#begun
  }
}

interface Begun {
  readonly throttledMs: Milliseconds
  readonly interference: ReturnType<typeof sampleInterference>
  readonly neighbours: ReturnType<typeof sampleNeighbours>
  readonly before: TargetSample | null
  readonly startedAt: string
  readonly costs: CostSeries
  readonly live: LiveFigures
}

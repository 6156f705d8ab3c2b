import type { Milliseconds } from '../core/clock.ts'
import type { BenchEvent, PhasePlan, Progress } from '../core/events.ts'
import type { Run } from '../core/report.ts'
import { printable } from '../report/terminal-text.ts'

/** How many samples are kept: two minutes of two progress events a second, more than any terminal is wide. */
export const KEPT_SAMPLES = 240

/** How far one phase of the scenario is. */
export type PhaseProgress =
  | { readonly status: 'pending' }
  | { readonly status: 'running'; readonly load: string; readonly elapsedMs: Milliseconds }
  /** `run` is null for a phase that is not measured. */
  | { readonly status: 'ended'; readonly run: Run | null }

/** One phase of the plan and how far it is. */
export type PhaseView = PhasePlan & { readonly progress: PhaseProgress }

/** The figures that are drawn over time; null where there was none, and all null where a phase begins. */
export interface Sample {
  readonly throughputPerS: number | null
  readonly p50Ms: Milliseconds | null
  readonly p95Ms: Milliseconds | null
  readonly p99Ms: Milliseconds | null
}

/** Everything the dashboard knows about the run. All text in it is printable. */
export interface DashboardState {
  readonly scenario: string
  /** What is being started, then its address. */
  readonly target: string
  readonly workers: number | null
  /** CPUs that the target can use; null before the machine was looked at. */
  readonly targetEffectiveCpus: number | null
  readonly phases: readonly PhaseView[]
  /** 1 for the first pass through the phases. */
  readonly repetition: number
  /** Of the phase that runs or ran last; null before its first snapshot. */
  readonly latest: Progress | null
  /** At most KEPT_SAMPLES, oldest first. */
  readonly samples: readonly Sample[]
  /** The last warning with its hint. */
  readonly warning: string | null
}

/** Before the first event. */
export const INITIAL_STATE: DashboardState = {
  scenario: '',
  target: 'looking at this machine',
  workers: null,
  targetEffectiveCpus: null,
  phases: [],
  repetition: 1,
  latest: null,
  samples: [],
  warning: null,
}

/** Separates the phases in the charts. */
const GAP: Sample = { throughputPerS: null, p50Ms: null, p95Ms: null, p99Ms: null }

/** The state after one more event. */
export function reduce(state: DashboardState, event: BenchEvent): DashboardState {
  switch (event.type) {
    case 'detected':
      return { ...state, targetEffectiveCpus: event.placement.targetEffectiveCpus }
    case 'run-planned': {
      const phases = event.phases.map((plan) => pending({ ...plan, name: printable(plan.name) }))
      return { ...state, scenario: printable(event.scenario), phases }
    }
    case 'target-starting':
      return { ...startOver(state), target: `starting ${printable(event.description)}` }
    case 'target-ready':
      return { ...state, target: printable(event.url), workers: event.workers }
    case 'phase-started': {
      const load = printable(event.description)
      const begun = withPhase(state, event.phase, { status: 'running', load, elapsedMs: 0 })
      return { ...begun, latest: null, samples: state.samples.length === 0 ? [] : kept([...state.samples, GAP]) }
    }
    case 'progress':
      return withProgress(state, event.progress)
    case 'phase-ended':
      return withPhase(state, event.phase, { status: 'ended', run: event.run })
    case 'warning': {
      const hint = event.hint === undefined ? '' : ` — ${event.hint}`
      return { ...state, warning: printable(`${event.message}${hint}`) }
    }
    case 'probe-started':
    case 'finished':
      return state
  }
}

/** The phase that is going on, if any. */
export function runningPhase(state: DashboardState): PhaseView | undefined {
  return state.phases.find(({ progress }) => progress.status === 'running')
}

/** Every repetition starts the target anew and goes through all phases again. */
function startOver(state: DashboardState): DashboardState {
  if (state.phases.every(({ progress }) => progress.status === 'pending')) return state
  return { ...state, phases: state.phases.map(pending), repetition: state.repetition + 1, latest: null }
}

function pending(plan: PhasePlan): PhaseView {
  return { ...plan, progress: { status: 'pending' } }
}

function withProgress(state: DashboardState, latest: Progress): DashboardState {
  const { throughputPerS, p50Ms, p95Ms, p99Ms, elapsedMs } = latest
  const phases = state.phases.map((phase) =>
    phase.name === printable(latest.phase) && phase.progress.status === 'running'
      ? { ...phase, progress: { ...phase.progress, elapsedMs } }
      : phase,
  )
  return { ...state, phases, latest, samples: kept([...state.samples, { throughputPerS, p50Ms, p95Ms, p99Ms }]) }
}

function withPhase(state: DashboardState, name: string, progress: PhaseProgress): DashboardState {
  const phases = state.phases.map((phase) => (phase.name === printable(name) ? { ...phase, progress } : phase))
  return { ...state, phases }
}

function kept(samples: readonly Sample[]): readonly Sample[] {
  return samples.slice(-KEPT_SAMPLES)
}

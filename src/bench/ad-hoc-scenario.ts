import { ScenarioError, UsageError } from '../core/errors.ts'
import { type Scenario, type ScenarioPhase, scenarioSchema } from '../core/scenario.ts'
import { ratesOf } from '../core/scenario-values.ts'
import type { Arrivals, PlannedRequest } from '../core/workload.ts'
import { describeIssue, flattenIssues } from './scenario-issues.ts'

/** What flags may change about a scenario; a field that is absent leaves the scenario as it is. */
export interface ScenarioOverrides {
  readonly connections?: number | undefined
  readonly ratePerS?: number | undefined
  readonly arrivals?: Arrivals | undefined
  /** Of each measured phase. */
  readonly durationMs?: number | undefined
  /** Of the first phase that is not measured; 0 leaves out all of those. */
  readonly warmUpMs?: number | undefined
  readonly objectives?: readonly string[] | undefined
}

/** Length of a measured phase that comes from `-c` or `-r` when no duration is given. */
const AD_HOC_DURATION_MS = 10_000
/** Covers the cold code of the generator and most of the target's; see the research on 400 against 4 000 requests. */
const AD_HOC_WARM_UP_MS = 2_000

/**
 * Applies flags to a scenario: `-c` alone gives one closed phase, `-r` alone one open phase, both an open phase over at
 * most that many connections; `-d` sets the length of each measured phase, `--warm-up` that of the first phase
 * that is not measured.
 *
 * @throws {UsageError} when a fault or a spike of a phase would lie behind its new end, or when a phase would take its rate from
 *   one that is left out
 */
export function applyOverrides(scenario: Scenario, overrides: ScenarioOverrides): Scenario {
  const objectives = [...scenario.objectives, ...(overrides.objectives ?? [])]
  return { ...scenario, objectives, phases: overriddenPhases(scenario, overrides) }
}

/**
 * A scenario of one request, for a target given by its address: warm-up, saturate, steady, unless flags say otherwise. Before
 * steady the target works off what saturate left behind, which is not reported.
 *
 * @throws {ScenarioError} when the request is one that cannot be sent
 */
export function singleRequestScenario(request: Omit<PlannedRequest, 'weight' | 'expect'>): Scenario {
  const { body, ...rest } = request
  const parsed = scenarioSchema.safeParse({
    name: 'url',
    description: `${request.method} ${request.path}`,
    requests: [body === undefined ? rest : { ...rest, body }],
    phases: [
      { name: 'warm-up', kind: 'closed', connections: 20, duration: '2s', measured: false },
      { name: 'saturate', kind: 'closed', connections: 20, duration: '6s' },
      { name: 'settle', kind: 'open', rate: '60% of saturate', duration: '1500ms', measured: false },
      { name: 'steady', kind: 'open', rate: '60% of saturate', arrivals: 'poisson', duration: '8s' },
    ],
  })
  if (parsed.success) return { ...parsed.data, data: {} }
  const problems = flattenIssues(parsed.error.issues, []).map(
    (issue) => `${String(issue.path.at(-1))} ${describeIssue(issue, '')}`,
  )
  throw new ScenarioError(`the request cannot be sent: ${problems.join('; ')}`, {
    hint: 'a scenario file can say more: tune scenarios',
  })
}

function overriddenPhases(scenario: Scenario, overrides: ScenarioOverrides): ScenarioPhase[] {
  const warmUp = scenario.phases.find(({ measured }) => !measured)
  const isCold = overrides.warmUpMs === 0
  const phases = adHocPhases(overrides) ?? scenario.phases
  const kept = isCold ? phases.filter(({ measured }) => measured) : phases
  if (isCold) assertRatesKnown(kept)
  return kept.map((phase) => {
    if (phase.measured) return withDuration(phase, '-d', overrides.durationMs)
    return phase === warmUp ? withDuration(phase, '--warm-up', overrides.warmUpMs) : phase
  })
}

function assertRatesKnown(phases: readonly ScenarioPhase[]): void {
  for (const phase of phases) {
    if (phase.kind !== 'open') continue
    for (const { rate } of ratesOf(phase.rate)) {
      if (rate.kind === 'absolute' || phases.some(({ name }) => name === rate.phase)) continue
      throw new UsageError(
        `--warm-up 0 leaves out the phase "${rate.phase}", of which "${phase.name}" takes its rate`,
        { hint: 'give --warm-up a time, or -r a rate' },
      )
    }
  }
}

function withDuration(phase: ScenarioPhase, flag: string, durationMs = phase.duration): ScenarioPhase {
  const faultsEndMs = Math.max(0, ...(phase.faults ?? []).map(({ to }) => to))
  const spikes = phase.kind === 'open' && phase.rate.kind === 'spikes' ? phase.rate.spikes : []
  const spikesEndMs = Math.max(0, ...spikes.map(({ atMs, forMs }) => atMs + forMs))
  const neededMs = Math.max(faultsEndMs, spikesEndMs)
  if (durationMs >= neededMs) return { ...phase, duration: durationMs }
  const what = faultsEndMs > durationMs ? 'fault' : 'spike'
  throw new UsageError(
    `phase "${phase.name}" has a ${what} until ${neededMs / 1_000} s, after the end that ${flag} ${durationMs / 1_000}s gives it`,
    { hint: `use ${flag} ${Math.ceil(neededMs / 1_000)}s or more, or a copy of the scenario with earlier times` },
  )
}

function adHocPhases(overrides: ScenarioOverrides): ScenarioPhase[] | undefined {
  const { connections, ratePerS, arrivals = 'uniform', durationMs = AD_HOC_DURATION_MS } = overrides
  const warmUp = { name: 'warm-up', duration: overrides.warmUpMs ?? AD_HOC_WARM_UP_MS, measured: false }
  if (ratePerS !== undefined) {
    const open = {
      kind: 'open' as const,
      rate: { kind: 'absolute' as const, ratePerS },
      arrivals,
      ...(connections === undefined ? {} : { connections }),
    }
    return [
      { ...warmUp, ...open },
      { name: 'open', duration: durationMs, measured: true, ...open },
    ]
  }
  if (connections === undefined) return undefined
  const closed = { kind: 'closed' as const, connections }
  return [
    { ...warmUp, ...closed },
    { name: 'closed', duration: durationMs, measured: true, ...closed },
  ]
}

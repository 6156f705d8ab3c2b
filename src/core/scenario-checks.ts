import { messageOf } from './errors.ts'
import type { ScenarioFile, ScenarioPhase } from './scenario.ts'
import { ratesOf } from './scenario-values.ts'
import { templateNames } from './template.ts'

/** What does not fit together, and where. */
export interface ScenarioProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** What is wrong between the parts of a scenario whose parts are right by themselves; empty when nothing is. */
export function checkScenario(scenario: ScenarioFile): readonly ScenarioProblem[] {
  const { phases } = scenario
  return [
    ...phases.flatMap((phase, index) => [
      ...nameProblems(phases, index),
      ...rateProblems(phase, new Set(phases.slice(0, index).map(({ name }) => name))).map(below('phases', index)),
      ...faultProblems(phase).map(below('phases', index)),
    ]),
    ...(phases.some(({ measured }) => measured) ? [] : [{ path: ['phases'], message: 'has no measured phase' }]),
    ...templateProblems(scenario),
  ]
}

function below(...prefix: readonly PropertyKey[]): (problem: ScenarioProblem) => ScenarioProblem {
  return ({ path, message }) => ({ path: [...prefix, ...path], message })
}

function nameProblems(phases: readonly ScenarioPhase[], index: number): readonly ScenarioProblem[] {
  const name = phases[index]?.name
  const isRepeated = phases.slice(0, index).some((phase) => phase.name === name)
  return isRepeated ? [{ path: ['phases', index, 'name'], message: `"${name}" names two phases` }] : []
}

function rateProblems(phase: ScenarioPhase, earlier: ReadonlySet<string>): readonly ScenarioProblem[] {
  if (phase.kind === 'users') {
    const { think } = phase
    const isReversed = think !== undefined && think.fromMs > think.toMs
    return isReversed ? [{ path: ['think', 'from'], message: 'must not be longer than to' }] : []
  }
  if (phase.kind === 'closed') return []
  const { rate, duration } = phase
  const references = ratesOf(rate).flatMap(({ path, rate: one }) =>
    one.kind === 'share' && !earlier.has(one.phase)
      ? [{ path: ['rate', ...path], message: `refers to the phase "${one.phase}", which does not come before it` }]
      : [],
  )
  if (rate.kind === 'ramp') {
    const isSilent = [rate.from, rate.to].every((one) => one.kind === 'absolute' && one.ratePerS === 0)
    return isSilent ? [{ path: ['rate', 'to'], message: 'must be above 0 when from is 0' }] : references
  }
  if (rate.kind !== 'spikes') return references
  return [
    ...references,
    ...spanProblems(
      rate.spikes.map(({ atMs, forMs }) => [atMs, atMs + forMs]),
      duration,
    ),
  ]
}

/** Spikes that reach beyond the phase or into each other. */
function spanProblems(spans: readonly (readonly [number, number])[], durationMs: number): readonly ScenarioProblem[] {
  return spans.flatMap(([from, to], index) => {
    const path = ['rate', 'spikes', index, 'at']
    if (to > durationMs)
      return [{ path, message: `makes the spike end after the phase, which lasts ${seconds(durationMs)}` }]
    const isInto = spans.slice(0, index).some((other) => from < other[1] && other[0] < to)
    return isInto ? [{ path, message: 'makes the spike overlap another one' }] : []
  })
}

function faultProblems({ faults = [], duration }: ScenarioPhase): readonly ScenarioProblem[] {
  return faults.flatMap((fault, index): ScenarioProblem[] => {
    const at = (key: string, message: string): ScenarioProblem => ({ path: ['faults', index, key], message })
    const { upstream, from, to, flapping = 0, ...wrong } = fault
    if (Object.values(wrong).every((value) => value === undefined)) {
      const message = 'must say what is wrong: errorRate, latencyFactor, silence, body or capacity'
      return [{ path: ['faults', index], message }]
    }
    if (fault.silence !== undefined && fault.body !== undefined) {
      return [at('body', 'has no effect where there is silence')]
    }
    if (from >= to) return [at('to', `must be after from, which is ${seconds(from)}`)]
    if (flapping > to - from) return [at('flapping', `is longer than the fault, which lasts ${seconds(to - from)}`)]
    if (to > duration) return [at('to', `lies after the phase, which lasts ${seconds(duration)}`)]
    const isInto = faults
      .slice(0, index)
      .some((other) => other.upstream === upstream && from < other.to && other.from < to)
    return isInto ? [at('from', `overlaps another fault of ${upstream}`)] : []
  })
}

/** Texts of requests with templates in them: data sets and captures that do not exist. */
function templateProblems(scenario: ScenarioFile): readonly ScenarioProblem[] {
  const captures = new Set(scenario.requests.flatMap(({ capture }) => Object.keys(capture ?? {})))
  return templateTexts(scenario).flatMap(({ path, text }) => {
    let names: ReturnType<typeof templateNames>
    try {
      names = templateNames(text)
    } catch (error) {
      // Texts inside an object body are only read here.
      return [{ path, message: messageOf(error) }]
    }
    const sets = new Set(names.columns.map(({ set }) => set))
    return [
      ...[...sets]
        .filter((set) => scenario.data[set] === undefined)
        .map((set) => ({ path, message: `uses the data set "${set}", which data does not have` })),
      ...names.captures
        .filter((name) => !captures.has(name))
        .map((name) => ({ path, message: `uses {{${name}}}, which no request captures` })),
    ]
  })
}

/** Every text of the requests that may hold a template, with its path. */
export function templateTexts(
  scenario: Pick<ScenarioFile, 'requests'>,
): readonly { readonly path: readonly PropertyKey[]; readonly text: string }[] {
  return scenario.requests.flatMap((request, index) => {
    const at = (...path: readonly PropertyKey[]): readonly PropertyKey[] => ['requests', index, ...path]
    return [
      { path: at('path'), text: request.path },
      ...Object.entries(request.headers).map(([name, text]) => ({ path: at('headers', name), text })),
      ...textsIn(request.body, at('body')),
    ]
  })
}

function textsIn(value: unknown, path: readonly PropertyKey[]): { path: readonly PropertyKey[]; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => textsIn(item, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [
    { path: [...path, key], text: key },
    ...textsIn(item, [...path, key]),
  ])
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`
}

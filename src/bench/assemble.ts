import { parseObjective } from '../core/objective.ts'
import { type Report, REPORT_SCHEMA } from '../core/report.ts'
import { settingsThatDiffer } from '../core/settings.ts'
import { evaluateObjectives } from '../gate/evaluate.ts'
import { recommend, type SizingAdvice } from '../sizing/recommend.ts'
import type { BenchOptions, Measurements } from './bench.ts'
import { figuresOverBoots } from './over-boots.ts'
import { sizingEvidence } from './sizing-evidence.ts'

/** What a report says about the invocation itself. */
export interface Invocation {
  readonly version: string
  readonly command: string
  /** ISO 8601. */
  readonly createdAt: string
}

const NO_ADVICE: SizingAdvice = { recommendations: [], rulesOfThumb: [], whyNoWorkers: null }

/**
 * Puts what was measured, decided and recommended into one report. An invalid or interrupted run gives no advice, and
 * an invalid one passes no objective.
 *
 * @param objectives as the user wrote them; none gives the verdict `none`
 */
export function assembleReport(
  measurements: Measurements,
  options: BenchOptions,
  objectives: readonly string[],
  invocation: Invocation,
): Report {
  const runs = measurements.outcomes.map(({ run }) => run)
  const overBoots = figuresOverBoots(runs)
  const parsed = objectives.map(parseObjective)
  const isComplete =
    runs.length > 0 && !measurements.isInterrupted && runs.every(({ validity }) => validity.verdict !== 'invalid')
  const advice = isComplete ? recommend(sizingEvidence(measurements, options, parsed)) : NO_ADVICE
  return {
    ...reportHead(measurements, options, invocation),
    runs,
    ...(overBoots.length === 0 ? {} : { overBoots }),
    recommendations: advice.recommendations,
    rulesOfThumb: advice.rulesOfThumb,
    verdict: parsed.length === 0 ? { outcome: 'none', checks: [] } : evaluateObjectives(parsed, runs),
    notes: notesOf(measurements, options, advice),
  }
}

/** What a report says about where, when and with what it was measured. */
export function reportHead(
  measured: Pick<Measurements, 'host' | 'placement' | 'origin' | 'workers' | 'isInterrupted'>,
  options: BenchOptions,
  invocation: Invocation,
): Omit<Report, 'runs' | 'recommendations' | 'rulesOfThumb' | 'verdict' | 'notes'> {
  const { host, placement, origin, workers, isInterrupted } = measured
  return {
    schema: REPORT_SCHEMA,
    tool: { name: 'tune', version: invocation.version },
    createdAt: invocation.createdAt,
    command: invocation.command,
    seed: options.seed,
    host,
    ...(isInterrupted ? { interrupted: true } : {}),
    placement,
    target: { kind: options.target.kind, url: origin, workers, settings: settingsOf(options.target) },
  }
}

/** Of the bundled server what differs from its defaults, of a command what was added to its environment. */
function settingsOf(target: BenchOptions['target']): Report['target']['settings'] {
  switch (target.kind) {
    case 'bundled':
      return settingsThatDiffer(target.settings)
    case 'url':
      return {}
    case 'command':
      return target.settings
  }
}

/** What the reader must know about a target before the figures. */
export function targetNotes(target: BenchOptions['target']): readonly string[] {
  if (target.kind === 'url')
    return ['the processes of this target cannot be seen, so there is no CPU per request and no sizing from it']
  if (target.kind === 'command') return []
  const preset = [...target.settings.values()].filter(({ origin }) => origin === 'preset')
  if (preset.length === 0) return []
  const list = preset.map(({ definition, value }) => `${definition.name}=${String(value)}`).join(' ')
  return [`set for measuring, other than the server's own defaults: ${list}`]
}

function notesOf(measurements: Measurements, options: BenchOptions, { whyNoWorkers }: SizingAdvice): readonly string[] {
  const notes = [...targetNotes(options.target)]
  const hasClosedPhase = measurements.outcomes.some(({ run }) => run.workload.kind === 'closed')
  if (options.target.kind !== 'url' && hasClosedPhase && whyNoWorkers !== null)
    notes.push(`no advice on workers: ${whyNoWorkers}; compare several counts with -w`)
  const unmeasured = options.scenario.phases.filter(({ measured }) => !measured).map(({ name }) => name)
  if (unmeasured.length > 0) notes.push(`not reported: ${unmeasured.join(', ')}`)
  if (measurements.failure !== undefined)
    notes.push('the run ended early by a failure; what follows was measured before it')
  return notes
}

import { parseObjective } from '../../core/objective.ts'
import type { Report, Run, Tuning } from '../../core/report.ts'
import { evaluateObjectives } from '../../gate/evaluate.ts'
import { type Invocation, reportHead, targetNotes } from '../assemble.ts'
import { NO_ADVICE } from './advise-tuned.ts'
import { takesWorkers } from './tuned-target.ts'
import type { TuneOptions, Tuned } from './tune.ts'

/**
 * Puts what a search found into one report. Phases whose figures were not trusted and measured again are left out; where the
 * search ended with them they stay, and there is no advice.
 */
export function assembleTuningReport(tuned: Tuned, options: TuneOptions, invocation: Invocation): Report {
  const isWhole = tuned.verification !== null
  const { runs, probes } = isWhole ? trusted(tuned) : { runs: allRuns(tuned), probes: tuned.probes }
  const advice = isWhole ? tuned.advice : NO_ADVICE
  const decisive = tuned.loaded?.decisive
  return {
    ...reportHead({ ...tuned, workers: tuned.currentWorkers }, options.bench, invocation),
    runs,
    tuning: {
      effort: options.effort,
      cpus: tuned.placement.targetEffectiveCpus,
      probes,
      choice: choiceOf(tuned),
      capacity: capacityOf(tuned),
      verification: tuned.verification,
      tookMs: tuned.tookMs,
    },
    recommendations: advice.recommendations,
    rulesOfThumb: advice.rulesOfThumb,
    verdict:
      decisive === undefined
        ? { outcome: 'none', checks: [] }
        : evaluateObjectives(tuned.objectives.map(parseObjective), [decisive]),
    notes: notesOf(tuned, options),
  }
}

function allRuns({ outcomes }: Tuned): readonly Run[] {
  return outcomes.map(({ run }) => run)
}

/** The runs that are not invalid, and the probes with where theirs stand among these. */
function trusted(tuned: Tuned): { readonly runs: readonly Run[]; readonly probes: Tuning['probes'] } {
  const kept = [...allRuns(tuned).entries()].filter(([, { validity }]) => validity.verdict !== 'invalid')
  const placeOf = new Map(kept.map(([index], place) => [index, place]))
  return {
    runs: kept.map(([, run]) => run),
    probes: tuned.probes.map((probe) => ({ ...probe, runs: probe.runs.flatMap((index) => placeOf.get(index) ?? []) })),
  }
}

function choiceOf({ workers }: Tuned): Tuning['choice'] {
  if (workers === null) return null
  const { kind: _, ...choice } = workers.settled
  return choice
}

function capacityOf({ loaded, objectives }: Tuned): Tuning['capacity'] {
  return loaded?.capacity === null || loaded === null ? null : { ...loaded.capacity, objectives }
}

function notesOf(tuned: Tuned, { bench }: TuneOptions): readonly string[] {
  const { target } = bench
  const notes = [...targetNotes(target)]
  if (target.kind === 'command' && !takesWorkers(target))
    notes.push(
      'nothing tells the command how many workers, so their number was not searched: put {workers} into --cmd or --env',
    )
  if (tuned.advice.whyNoWorkers !== null) notes.push(`no advice on workers: ${tuned.advice.whyNoWorkers}`)
  if (tuned.failure !== undefined) notes.push('the search ended early by a failure; what follows was found before it')
  return notes
}

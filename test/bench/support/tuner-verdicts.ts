import type { ChoiceRecord, ExtrapolationRecord } from './tuner-records.ts'
import {
  type GridCell,
  goodputRatio,
  meanGoodputs,
  regretOf,
  type RivalCount,
  rulesOfThumbFor,
  singleGridRegret,
} from './tuner-regret.ts'

/** Everything that was measured of a case. */
export interface CaseResults {
  readonly name: string
  /** That the server could use. */
  readonly cpus: number
  readonly memoryLimitBytes: number
  readonly cells: readonly GridCell[]
  /** Of the generator, at most. */
  readonly generatorCpus: number
  /** Null when there is none yet. */
  readonly choice: ChoiceRecord | null
  readonly quickChoices: readonly ChoiceRecord[]
  /** Null when one CPU says nothing about two: something else limits it. */
  readonly extrapolations: readonly ExtrapolationRecord[] | null
}

/** A number of workers and what it costs; null when the grid cannot tell. */
export interface JudgedCount extends RivalCount {
  readonly regret: number | null
}

/** A case and how everybody did. */
export interface CaseVerdict {
  readonly name: string
  readonly cpus: number
  readonly generatorCpus: number
  readonly means: ReadonlyMap<number, number>
  readonly choice: (ChoiceRecord & { readonly regret: number | null }) | null
  /** Goodput with the choice / goodput with the default, which is one worker per CPU. */
  readonly harmRatio: number | null
  readonly rivals: readonly JudgedCount[]
  /** One per quick choice. */
  readonly quick: readonly { readonly workers: number; readonly regret: number | null }[]
  /** Pairs of boots on one CPU and on two; null when they cannot be compared. */
  readonly extrapolations: readonly ExtrapolationRecord[] | null
}

/** The default that a search has to be no worse than: the bundled server and `{workers}` start one per CPU. */
export function defaultWorkers(cpus: number): number {
  return Math.max(1, Math.floor(cpus))
}

/** How a case went. */
export function judgeCase(results: CaseResults): CaseVerdict {
  const { cells, choice, cpus } = results
  const single = singleGridRegret(cells)
  const rules = rulesOfThumbFor(cpus, results.memoryLimitBytes).map((rival) => ({
    ...rival,
    regret: regretOf(rival.workers, cells),
  }))
  return {
    name: results.name,
    cpus,
    generatorCpus: results.generatorCpus,
    means: meanGoodputs(cells),
    choice: choice === null ? null : { ...choice, regret: regretOf(choice.workers, cells) },
    harmRatio: choice === null ? null : goodputRatio(choice.workers, defaultWorkers(cpus), cells),
    rivals: [...rules, ...(single === null ? [] : [{ rule: 'grid once', ...single }])],
    quick: results.quickChoices.map(({ workers }) => ({ workers, regret: regretOf(workers, cells) })),
    extrapolations: results.extrapolations,
  }
}

/** Something that is asked of the search, and whether it held. */
export interface TunerBar {
  readonly claim: string
  readonly held: boolean
}

const MEAN_REGRET_BAR = 0.02
const WORST_REGRET_BAR = 0.05
const EQUALLY_GOOD = 0.03
const MOST_PROBES = 10
const LONGEST_MS = 240_000
const MOST_HARM = 0.03
const QUICK_REPEATS = 10
const QUICK_CASES = 3
const EXTRAPOLATION_BAR = 0.1
/** With more beside it, the server has no two CPUs. */
const MOST_GENERATOR_CPUS = 0.03

/**
 * What the search must show over all cases. A bar without the figures it is about has not held.
 *
 * @param verdicts one per case that was to be measured
 */
export function judgeBars(verdicts: readonly CaseVerdict[]): readonly TunerBar[] {
  const chosen = verdicts.flatMap(({ choice }) => choice ?? [])
  const regrets = chosen.flatMap(({ regret }) => regret ?? [])
  const meanRegret = regrets.reduce((sum, regret) => sum + regret, 0) / regrets.length
  const worstRegret = Math.max(...regrets)
  const mostProbes = Math.max(...chosen.map(({ probes }) => probes))
  const longestMs = Math.max(...chosen.map(({ tookMs }) => tookMs))
  const isWhole = verdicts.length > 0 && regrets.length === verdicts.length
  return [
    { claim: `${regrets.length} of ${verdicts.length} cases have a choice and a truth`, held: isWhole },
    bar(`mean regret ${percent(meanRegret)}, allowed ${percent(MEAN_REGRET_BAR)}`, meanRegret <= MEAN_REGRET_BAR),
    bar(
      `worst regret ${percent(worstRegret)}, allowed ${percent(WORST_REGRET_BAR)}`,
      regrets.length > 0 && worstRegret <= WORST_REGRET_BAR,
    ),
    bar(`probes: ${count(mostProbes)} at most, allowed ${MOST_PROBES}`, chosen.length > 0 && mostProbes <= MOST_PROBES),
    bar(
      `time: ${count(longestMs / 1_000)} s at most, allowed ${LONGEST_MS / 1_000} s`,
      chosen.length > 0 && longestMs <= LONGEST_MS,
    ),
    harmBar(verdicts),
    quickBar(verdicts),
    ...verdicts.flatMap(({ name, extrapolations: pairs }) => (pairs === null ? [] : extrapolationBar(name, pairs))),
  ]
}

function bar(claim: string, held: boolean): TunerBar {
  return { claim, held }
}

function harmBar(verdicts: readonly CaseVerdict[]): TunerBar {
  const ratios = verdicts.flatMap(({ harmRatio }) => harmRatio ?? [])
  const harmed = verdicts.filter(
    ({ harmRatio, choice }) => choice?.outcome === 'worse' || (harmRatio !== null && harmRatio < 1 - MOST_HARM),
  )
  const names = harmed.map(({ name }) => name).join(', ') || 'none'
  const claim = `worse than the default by more than ${percent(MOST_HARM)}: ${names}, of ${ratios.length} cases`
  return bar(claim, harmed.length === 0 && ratios.length > 0)
}

function quickBar(verdicts: readonly CaseVerdict[]): TunerBar {
  const repeated = verdicts.filter(({ quick }) => quick.length >= QUICK_REPEATS)
  const wrong = repeated.flatMap(({ quick }) => quick).filter(({ regret }) => regret === null || regret > EQUALLY_GOOD)
  const claim = `${QUICK_REPEATS} quick searches each of ${QUICK_CASES} cases within ${percent(EQUALLY_GOOD)}: ${repeated.length} cases, ${wrong.length} searches off`
  return bar(claim, repeated.length >= QUICK_CASES && wrong.length === 0)
}

function extrapolationBar(name: string, pairs: readonly ExtrapolationRecord[]): TunerBar {
  if (pairs.length === 0) return bar(`${name}: one CPU was not compared with two`, false)
  const ratios = pairs.map(({ modelledPerS, measuredPerS }) => modelledPerS / measuredPerS)
  const ratio = ratios.reduce((sum, one) => sum + one, 0) / ratios.length
  const generatorCpus = Math.max(...pairs.map((pair) => pair.generatorCpus))
  const range = `${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`
  return bar(
    `${name}: one CPU lets expect ${ratio.toFixed(3)} (${range}) of what two do, allowed ${percent(EXTRAPOLATION_BAR)} off; generator ${percent(generatorCpus)} of one, allowed ${percent(MOST_GENERATOR_CPUS)}`,
    Math.abs(ratio - 1) <= EXTRAPOLATION_BAR && generatorCpus < MOST_GENERATOR_CPUS,
  )
}

function count(value: number): string {
  return Number.isFinite(value) ? value.toFixed(0) : '-'
}

/** A share with a decimal; `-` for one that is not known. */
export function percent(share: number | null): string {
  return share === null || !Number.isFinite(share) ? '-' : `${(share * 100).toFixed(1)} %`
}

import type { Report, Tuning, TuningProbe } from '../core/report.ts'
import { formatFraction, formatMs, formatNumber, formatQuantity, formatRate, formatSpan, NO_FIGURE } from './format.ts'

type Verification = NonNullable<Tuning['verification']>

/** `standard, 9 starts of the target in 2 min 51 s`. */
export function tuningCost({ effort, probes, tookMs }: Tuning): string {
  return `${effort}, ${formatQuantity(probes.length, 'start')} of the target in ${formatSpan(tookMs)}`
}

/** Titles of `probeCells`; the last one is text. */
export const PROBE_TITLES: readonly string[] = [
  'probe',
  'workers',
  'throughput',
  'CPU/request',
  'CPUs busy',
  'to find out',
]

/** One start of the target in a line. */
export function probeCells(probe: TuningProbe, index: number): readonly string[] {
  const { workers, throughputPerS, cpuMsPerRequest, cpuUtilization, side, purpose, why, isUsed } = probe
  const what = side === null ? why : `${purpose}: ${side} settings`
  return [
    String(index + 1),
    workers === null ? NO_FIGURE : String(workers),
    formatRate(throughputPerS),
    formatMs(cpuMsPerRequest),
    formatFraction(cpuUtilization),
    isUsed ? what : `not used, invalid: ${what}`,
  ]
}

/** The worker count that was chosen, and why; null when there was none to choose. */
export function choiceWords({ choice, cpus }: Tuning): { readonly what: string; readonly why: string } | null {
  if (choice === null) return null
  const share = `${formatNumber(cpus)} ${cpus === 1 ? 'CPU' : 'CPUs'}`
  return {
    what: `${formatQuantity(choice.workers, 'worker')} for ${share}, ${formatRate(choice.throughputPerS)}`,
    why: `${choice.why}; bound by ${choice.binding}`,
  }
}

/** The rate that keeps the objectives; null when it was not searched. */
export function capacityWords({ capacity, verification }: Tuning): string | null {
  if (capacity !== null) {
    const [low, high] = capacity.interval
    return `${formatRate(capacity.ratePerS)} keep ${capacity.objectives.join(' and ')}; the limit lies between ${formatNumber(low)} and ${formatRate(high)}`
  }
  return verification === null ? null : 'no rate that was tried keeps the objectives'
}

/** What came of holding the recommended settings against the current ones. */
export function verificationWords({ ratio, interval, pairs, why }: Verification): string {
  if (ratio === null) return why
  const range = interval === null ? '' : ` (95 %: ${formatNumber(interval[0])} to ${formatNumber(interval[1])})`
  return `${formatNumber(ratio)} × the throughput of the current settings${range}, ${formatQuantity(pairs, 'pair')} of fresh starts; ${why}`
}

/** What a reader should do about it; null where nothing is to be added. */
export function verificationAdvice({ outcome }: Verification): string | null {
  switch (outcome) {
    case 'better':
      return null
    case 'equivalent':
      return 'Nothing is served faster by them: keep what you have, unless a bound that is missing matters to you.'
    case 'same':
      return 'Keep what you have.'
    case 'worse':
      return 'Keep what you have: the values below are the current ones.'
    case 'inconclusive':
      return 'The starts differ by more than the settings do; --thorough compares more of them.'
    case 'skipped':
      return 'Not proven: leave out --no-verify.'
  }
}

/** Said where a search did not come to its end. */
export function unfinishedWords({ interrupted }: Pick<Report, 'interrupted'>): string {
  const why = interrupted === true ? 'it was stopped' : 'it ended before'
  return `The search is not whole: ${why}. Nothing is recommended.`
}

/** All of it in sentences, each after what it is about; for pages that have no layout of their own for it. */
export function tuningSentences(
  tuning: Tuning,
  report: Pick<Report, 'interrupted'>,
): readonly { readonly label: string; readonly text: string }[] {
  const choice = choiceWords(tuning)
  const capacity = capacityWords(tuning)
  const { verification } = tuning
  return [
    ...(choice === null ? [] : [{ label: choice.what, text: choice.why }]),
    ...(tuning.choice?.doubts ?? []).map((text) => ({ label: 'doubt', text })),
    ...(capacity === null ? [] : [{ label: 'capacity', text: capacity }]),
    verification === null
      ? { label: 'no result', text: unfinishedWords(report) }
      : {
          label: verification.outcome,
          text: [verificationWords(verification), verificationAdvice(verification) ?? '']
            .join('. ')
            .replace(/\. $/, ''),
        },
  ]
}

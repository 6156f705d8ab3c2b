import { binomialTail } from '../../stats/binomial.ts'
import { BY_CHANCE, leastCalls, MOST_CALLS, ORDINARY_ERRORS } from '../breaker-volume.ts'
import type { Finding } from './finding.ts'
import { figure, perSecond, span } from './figures.ts'
import type { LintInput } from './lint-input.ts'
import { isOff, numberOf, type StatedSettings, asWritten } from './stated-settings.ts'

/** An upstream that fails so often still answers nine in ten: a breaker that opens makes it worse. */
const ANNOYING_ERRORS = 0.1

/** A circuit that opens by chance more often than this is noticed. */
const RARELY_S = 3_600

/** The table's default, which counts where a window is judged and the file says no other share. */
const DEFAULT_FAILURE_PERCENT = 50

/**
 * Failures in a row come by chance, the sooner the more traffic there is; so does a share of failures among few calls. One
 * call per request is assumed.
 *
 * For example, 5 in a row at 10 % errors and 500/s come every 222 s.
 */
export function breakerFindings({ stated, facts }: LintInput): readonly Finding[] {
  if (isOff(stated, 'CB_ENABLED')) return []
  return stated.get('CB_MODE')?.value === 'window'
    ? windowFindings(stated)
    : consecutiveFindings(stated, facts.expected.ratePerS)
}

/**
 * Mean number of calls until so many failures come in a row.
 *
 * @param errorFraction of the calls, independent of each other; in (0, 1)
 * @see Feller, "An Introduction to Probability Theory and Its Applications" I, XIII.7: (1 − p^r) / ((1 − p)·p^r)
 */
export function callsToRun(errorFraction: number, inARow: number): number {
  const chance = errorFraction ** inARow
  return (1 - chance) / ((1 - errorFraction) * chance)
}

function consecutiveFindings(stated: StatedSettings, ratePerS: number | null): readonly Finding[] {
  const inARow = numberOf(stated, 'CB_FAILURE_THRESHOLD')
  if (inARow === undefined || inARow === 0 || ratePerS === null) return []
  const calls = callsToRun(ANNOYING_ERRORS, inARow)
  const afterS = calls / ratePerS
  if (afterS >= RARELY_S) return []
  return [
    {
      rule: 'breaker-by-chance',
      severity: 'doubtful',
      settings: asWritten(stated, 'CB_FAILURE_THRESHOLD'),
      arithmetic: `with 10% errors ${figure(inARow)} failures in a row come by chance after (1 − p^r) / ((1 − p)·p^r) = ${figure(calls)} calls on average; at ${perSecond(ratePerS)} that is ${span(afterS)}, and 9 of 10 calls still succeed`,
      change: `judge a share of the calls: CB_MODE=window, CB_FAILURE_RATE=50, CB_MIN_CALLS=${leastCalls(0.5, ANNOYING_ERRORS) ?? 100}; or CB_FAILURE_THRESHOLD=${rareRun(ratePerS)}`,
    },
  ]
}

function windowFindings(stated: StatedSettings): readonly Finding[] {
  const calls = numberOf(stated, 'CB_MIN_CALLS')
  const percent = numberOf(stated, 'CB_FAILURE_RATE') ?? DEFAULT_FAILURE_PERCENT
  if (calls === undefined || calls === 0) return []
  const judged = Math.min(calls, MOST_CALLS)
  const failures = Math.ceil((percent / 100) * judged)
  const chance = binomialTail(judged, ORDINARY_ERRORS, failures)
  const needed = leastCalls(percent / 100, ORDINARY_ERRORS)
  if (chance <= BY_CHANCE) return []
  return [
    {
      rule: 'breaker-by-chance',
      severity: 'doubtful',
      settings: asWritten(stated, 'CB_MIN_CALLS', 'CB_FAILURE_RATE'),
      arithmetic: `with 5% errors ${figure(failures)} or more of ${figure(judged)} calls fail by chance in ${figure(chance * 1e6)} of a million windows, and once in a million is the aim`,
      change: needed === null ? 'CB_FAILURE_RATE well above 5' : `CB_MIN_CALLS=${needed}, or a higher CB_FAILURE_RATE`,
    },
  ]
}

function rareRun(ratePerS: number): number {
  let inARow = 1
  while (callsToRun(ANNOYING_ERRORS, inARow) / ratePerS < RARELY_S) inARow++
  return inARow
}

import { replicasText } from './concurrency.ts'
import type { Finding, Severity } from './finding.ts'
import { figure, perSecond, span } from './figures.ts'
import type { LintInput } from './lint-input.ts'
import { isOff, nameIn, numberOf, secondsOf, asWritten } from './stated-settings.ts'

/** A time that the wait of the last in the line must not exceed. */
interface Bound {
  readonly setting: string | null
  readonly seconds: number | undefined
  readonly severity: Severity
  readonly otherwise: string
}

/**
 * Who comes last into a full queue waits queue length / rate. A length beyond rate × timeout is places in which nobody is
 * served any more.
 *
 * 10,000 places at 500/s, as one of the documents has it, are a wait of 20 s: a length must be rate × time, not a constant.
 */
export function queueFindings({ stated, workers, facts }: LintInput): readonly Finding[] {
  const length = numberOf(stated, 'QUEUE_SIZE')
  const { ratePerS, p95Ms } = facts.expected
  if (length === undefined || ratePerS === null || isOff(stated, 'QUEUE_ENABLED')) return []
  const perWorkerPerS = ratePerS / ((workers?.count ?? 1) * facts.replicas)
  const waitS = length / perWorkerPerS
  const queueS = secondsOf(stated, 'QUEUE_TIMEOUT')
  const leavesAfterS = Math.min(waitS, queueS ?? waitS)
  const bounds: readonly Bound[] = [
    { setting: 'QUEUE_TIMEOUT', seconds: queueS, severity: 'doubtful', otherwise: 'it has left with 503 by then' },
    {
      setting: 'REQUEST_TIMEOUT',
      seconds: secondsOf(stated, 'REQUEST_TIMEOUT'),
      severity: 'wrong',
      otherwise: 'it is served when its client has given up',
    },
    {
      setting: 'CB_RECOVERY_TIMEOUT',
      seconds: secondsOf(stated, 'CB_RECOVERY_TIMEOUT'),
      severity: 'doubtful',
      otherwise: 'the circuit opens and probes again before the queue of the outage is empty',
    },
    {
      setting: null,
      seconds: p95Ms === null ? undefined : p95Ms / 1_000,
      severity: 'doubtful',
      otherwise: 'with a full queue the p95 is not kept',
    },
  ]
  const broken = bounds.filter(
    ({ setting, seconds }) => seconds !== undefined && (setting === 'QUEUE_TIMEOUT' ? waitS : leavesAfterS) > seconds,
  )
  if (broken.length === 0) return []
  const shortestS = Math.min(...broken.map(({ seconds }) => seconds ?? waitS))
  const split = workers === null ? '' : ` / (${workers.text}${replicasText(facts.replicas)})`
  const reasons = broken.map(
    ({ setting, seconds, otherwise }) =>
      `${setting === null ? 'the expected p95' : nameIn(stated, setting)} is ${span(seconds ?? 0)}: ${otherwise}`,
  )
  return [
    {
      rule: 'queue-length',
      severity: broken.some(({ severity }) => severity === 'wrong') ? 'wrong' : 'doubtful',
      settings: [
        ...asWritten(stated, 'QUEUE_SIZE', ...broken.flatMap(({ setting }) => setting ?? [])),
        ...(workers?.settings ?? []),
      ],
      arithmetic: `the last of ${figure(length)} waits ${figure(length)} / (${perSecond(ratePerS)}${split}) = ${span(waitS)}; ${reasons.join('; ')}`,
      change: `QUEUE_SIZE=${Math.max(1, Math.floor(perWorkerPerS * shortestS))}, which is ${workers === null ? 'the rate' : 'the rate of a worker'} × ${span(shortestS)}`,
    },
  ]
}

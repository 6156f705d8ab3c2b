import { keepAliveSeconds } from '../keep-alive.ts'
import type { Finding } from './finding.ts'
import { span } from './figures.ts'
import type { LintInput } from './lint-input.ts'
import { nameIn, secondsOf, asWritten } from './stated-settings.ts'

/**
 * A server that closes idle connections before its load balancer does closes some on which a request is on its way, which
 * clients see as 502. 0 closes each connection after its answer and tells so, which is safe.
 *
 * The documents have 75 s, 65 s and 5 s.
 */
export function keepAliveFindings({ stated, facts }: LintInput): readonly Finding[] {
  const keepAliveS = secondsOf(stated, 'KEEP_ALIVE')
  const { balancerIdleS } = facts
  const enoughS = keepAliveSeconds(balancerIdleS)
  if (keepAliveS === undefined || keepAliveS === 0 || balancerIdleS === 0 || keepAliveS >= enoughS) return []
  const isShorter = keepAliveS < balancerIdleS
  return [
    {
      rule: 'keep-alive',
      severity: isShorter ? 'wrong' : 'doubtful',
      settings: asWritten(stated, 'KEEP_ALIVE'),
      arithmetic: isShorter
        ? `the server closes an idle connection after ${span(keepAliveS)}, the balancer would use it for ${span(balancerIdleS)}: some requests meet a closed connection (502)`
        : `the server closes an idle connection after ${span(keepAliveS)}, the balancer after ${span(balancerIdleS)}: less than 5 s between them, for a request that is on its way`,
      change: `${nameIn(stated, 'KEEP_ALIVE')}=${enoughS}; without a balancer in front: --balancer-idle 0`,
    },
  ]
}

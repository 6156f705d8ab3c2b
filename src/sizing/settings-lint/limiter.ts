import { parseRate } from '../../core/units.ts'
import type { Finding } from './finding.ts'
import { figure, perSecond, quantity } from './figures.ts'
import type { LintInput } from './lint-input.ts'
import { isOff, numberOf, asWritten } from './stated-settings.ts'

/**
 * The limit is per client: the promised rate takes rate / limit clients, and known users may not be fewer.
 *
 * With the documents' 60/minute one client that tests the load gets 429.
 */
export function limiterFindings({ stated, facts }: LintInput): readonly Finding[] {
  const { ratePerS, users } = facts.expected
  const limitPerS = parseRate(String(stated.get('RATE_LIMIT_DEFAULT')?.value ?? ''))
  if (limitPerS === undefined || limitPerS === 0 || ratePerS === null || isOff(stated, 'RATE_LIMIT_ENABLED')) return []
  const clients = Math.ceil(ratePerS / limitPerS)
  if (clients <= 1) return []
  const told = numberOf(stated, 'RATE_LIMIT_MAX_KEYS')
  const tooMany = told !== undefined && told < clients
  const tooFew = users !== null && users < clients
  if (users !== null && !tooFew && !tooMany) return []
  const who = users === null ? '' : `, and there are ${quantity(users, 'user')}`
  const keys = tooMany ? `; ${figure(told)} clients are told apart, further ones share one limit` : ''
  return [
    {
      rule: 'limiter',
      severity: tooFew ? 'wrong' : tooMany ? 'doubtful' : 'info',
      settings: asWritten(stated, 'RATE_LIMIT_DEFAULT', ...(tooMany ? ['RATE_LIMIT_MAX_KEYS'] : [])),
      arithmetic: `${perSecond(ratePerS)} / ${perSecond(limitPerS)} for each client = ${quantity(clients, 'client')} who send evenly${who}${keys}`,
      change: tooFew
        ? `a limit of ${figure(Math.ceil((ratePerS / users) * 60))}/minute or more, or expect ${perSecond(users * limitPerS)}`
        : tooMany
          ? `RATE_LIMIT_MAX_KEYS=${clients} or more`
          : 'make sure that there are so many addresses: a proxy, or a load test from one machine, is one client',
    },
  ]
}

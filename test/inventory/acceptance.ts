import { planned } from './standing.ts'
import type { Standing } from './standing.ts'

/** The acceptance tests of research/server.md section 5: their letters, what they are about, and how many there are. */
export const ACCEPTANCE: readonly (readonly [letters: string, about: string, count: number])[] = [
  ['CA', 'cache and single flight', 23],
  ['CB', 'circuit breaker', 17],
  ['RL', 'rate limit', 13],
  ['UP', 'upstreams', 20],
  ['S', 'failover matrix', 16],
  ['QU', 'admission queue, durable jobs', 15],
  ['HT', 'HTTP edge', 14],
  ['CO', 'compression', 8],
  ['ME', 'metrics and health', 8],
  ['WK', 'workers', 12],
  ['DB', 'database and CPU threads', 6],
  ['CF', 'settings', 5],
]

/** Those that no test is named after, and why not. */
export const NOT_NAMED: Readonly<Record<string, Standing>> = {
  HT12: planned('a later issue: HTTP/2'),
  HT13: planned('a later issue: HTTP/3'),
}

/** The states of a circuit breaker as reports tell them, from the best to the worst. */
export const BREAKER_STATES = ['disabled', 'closed', 'half-open', 'open'] as const

/** The state of a circuit breaker. */
export type BreakerState = (typeof BREAKER_STATES)[number]

/** The worst of several breakers of one upstream; `disabled` without any. */
export function worstBreaker(states: readonly BreakerState[]): BreakerState {
  return BREAKER_STATES.findLast((state) => states.includes(state)) ?? 'disabled'
}

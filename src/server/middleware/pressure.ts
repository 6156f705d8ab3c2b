import type { Pressure } from '../../resilience/pressure.ts'
import { refusal } from '../answer.ts'
import type { LayerCounts } from '../metrics/layer-counts.ts'
import type { Middleware } from '../pipeline.ts'

/** The shortest time after which it can be over. */
const RETRY_AFTER_S = 2

const REFUSALS = {
  event_loop: refusal(503, 'pressure_event_loop', { detail: 'the server is too busy', retryAfterS: RETRY_AFTER_S }),
  memory: refusal(503, 'pressure_memory', { detail: 'the server is short of memory', retryAfterS: RETRY_AFTER_S }),
} as const

/**
 * Refuses requests while the process is overloaded, whatever they ask for; refusing costs next to nothing. While
 * memory is short one request a second passes.
 *
 * @param counts gets every refusal
 */
export function shedUnderPressure(pressure: Pressure, counts: LayerCounts['pressure']): Middleware {
  return (context, next) => {
    const { reason } = pressure
    if (reason === undefined || context.route.isExempt === true) return next(context)
    if (pressure.takePass()) return next(context)
    counts[reason]++
    return REFUSALS[reason]
  }
}

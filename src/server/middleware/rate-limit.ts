import type { ClientLimiter } from '../../resilience/client-limiter.ts'
import { refusal } from '../answer.ts'
import type { LayerCounts } from '../metrics/layer-counts.ts'
import type { Middleware } from '../pipeline.ts'

const IPV4_IN_IPV6 = '::ffff:'
/** Groups of an IPv6 address that name the network of one customer. */
const NETWORK_GROUPS = 4

/**
 * Refuses the requests of a client that has used up its tokens. A client is the address of its socket.
 *
 * @param counts gets every decision
 */
export function rateLimit(limiter: ClientLimiter, counts: LayerCounts['rateLimit']): Middleware {
  return (context, next) => {
    if (context.route.isExempt === true) return next(context)
    const decision = limiter.take(clientKey(context.request.socket.remoteAddress))
    if (decision.allowed) {
      counts.allowed++
      return next(context)
    }
    counts.limited++
    return refusal(429, 'rate_limited', {
      detail: 'this client has sent too many requests',
      retryAfterS: decision.retryAfterS,
    })
  }
}

/** An IPv4 address as it is; an IPv6 address cut to its /64, because one customer has all of it. */
export function clientKey(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  if (address.startsWith(IPV4_IN_IPV6)) return address.slice(IPV4_IN_IPV6.length)
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - groups.length - tailGroups.length
  const whole = [...groups, ...Array.from({ length: zeros }, () => '0'), ...tailGroups]
  return whole.slice(0, NETWORK_GROUPS).join(':')
}

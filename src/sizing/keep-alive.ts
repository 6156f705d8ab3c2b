/** Idle timeout of a load balancer that nobody told us about: that of AWS's, the shortest of the common ones. */
export const DEFAULT_BALANCER_IDLE_S = 60

/** Time for a request that the balancer sends in the moment in which its own timeout ends. */
const MARGIN_S = 5

/**
 * How long the server keeps idle connections: a little longer than the load balancer does, so that the server never closes
 * one on which a request is already on its way (which clients see as 502).
 */
export function keepAliveSeconds(balancerIdleS: number): number {
  return balancerIdleS + MARGIN_S
}

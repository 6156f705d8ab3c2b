import type { Milliseconds } from '../core/clock.ts'

/**
 * The share of its time that a resource works when throughput is at its highest. Above it queues grow without limit, below
 * it capacity is wasted; a target that measures itself at saturation is this busy.
 */
const SATURATED_UTILIZATION = 0.95

/** What is lost each time the CPUs double: shared caches, memory bandwidth and lower clock rates. */
const EFFICIENCY_PER_DOUBLING = 0.9

/**
 * Utilization law, U = X·D: the share of its time that a resource is busy.
 *
 * @param throughputPerS requests per second
 * @param demandMs time of the resource that one request takes
 * @param servers how many of the resource there are; may be fractional (a CPU quota)
 * @returns 0 to 1 for a resource that keeps up
 * @see Lazowska et al. 1984, "Quantitative System Performance", chapter 3
 */
export function utilization(throughputPerS: number, demandMs: Milliseconds, servers: number): number {
  return (throughputPerS * demandMs) / (1_000 * servers)
}

/**
 * The utilization law solved for the throughput of a saturated resource.
 *
 * @param demandMs above 0
 * @returns requests per second
 */
export function capacityPerS(servers: number, demandMs: Milliseconds): number {
  return (servers * SATURATED_UTILIZATION * 1_000) / demandMs
}

/**
 * What a machine could do when every CPU costs the same per request as the measured ones, less 10 % for each doubling
 * beyond them. Modelled, never measured: it leaves out the network, and whatever else does not grow with the CPUs.
 *
 * @param measuredCpus that the target had when `cpuMsPerRequest` was measured; above 0
 * @param cpus of the machine that is asked about; above 0
 * @returns requests per second
 */
export function modelledCapacity(cpuMsPerRequest: Milliseconds, measuredCpus: number, cpus: number): number {
  return capacityPerS(cpus, cpuMsPerRequest) * scalingEfficiency(measuredCpus, cpus)
}

/** The share of linear growth that is left when a measurement on some CPUs is carried over to more; 1 for fewer. */
export function scalingEfficiency(measuredCpus: number, cpus: number): number {
  return EFFICIENCY_PER_DOUBLING ** Math.max(0, Math.log2(cpus / measuredCpus))
}

import type { Milliseconds } from '../core/clock.ts'

/**
 * The universal scalability law, X(N) = γN / (1 + α(N − 1) + βN(N − 1)): throughput that grows with N clients or CPUs, less
 * what they lose by waiting for each other.
 *
 * It is smooth, so it misses the kink where workers outnumber CPUs: for those take `predictThroughput`.
 *
 * @see Gunther 2007, "Guerrilla Capacity Planning", chapters 4 to 6
 */
export interface ScalabilityLaw {
  /** γ: what one alone gets done; above 0. */
  readonly throughputOfOnePerS: number
  /** α, 0 or more: the share of the work that only one can do at a time (a lock, a serial section, a small pool). */
  readonly contention: number
  /** β, 0 or more: what each pair costs to agree with each other; above 0 there is a peak, and less beyond it. */
  readonly coherency: number
}

/**
 * Throughput of N.
 *
 * @param concurrency N, 1 or more; need not be whole
 * @returns requests per second
 */
export function throughputAt(law: ScalabilityLaw, concurrency: number): number {
  return (law.throughputOfOnePerS * concurrency) / slowdownAt(law, concurrency)
}

/** What is left of linear growth at N, 0..1: the throughput of each, compared with that of one alone. */
export function efficiencyAt(law: ScalabilityLaw, concurrency: number): number {
  return 1 / slowdownAt(law, concurrency)
}

function slowdownAt({ contention, coherency }: ScalabilityLaw, concurrency: number): number {
  return 1 + contention * (concurrency - 1) + coherency * concurrency * (concurrency - 1)
}

/** N with the highest throughput, √((1 − α) / β), at least 1; infinite where throughput never falls. */
export function peakConcurrency({ contention, coherency }: ScalabilityLaw): number {
  if (contention >= 1) return 1
  return coherency === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.sqrt((1 - contention) / coherency))
}

/**
 * The mean response time at a throughput, on the way up to the peak: N is had by solving the law, which is a quadratic in N,
 * and R = N / X is Little's law. Below the throughput of one alone it is the response time of one alone.
 *
 * @param throughputPerS above 0
 * @returns null for more than the law can reach
 */
export function responseTimeAt(law: ScalabilityLaw, throughputPerS: number): Milliseconds | null {
  const { throughputOfOnePerS, contention, coherency } = law
  if (throughputPerS <= throughputOfOnePerS) return 1_000 / throughputOfOnePerS
  // βX·N² − (γ − (α − β)X)·N + (1 − α)X = 0; the smaller root, in the form that also holds for β = 0.
  const linear = throughputOfOnePerS - (contention - coherency) * throughputPerS
  const constant = (1 - contention) * throughputPerS
  const discriminant = linear ** 2 - 4 * coherency * throughputPerS * constant
  if (linear <= 0 || constant <= 0 || discriminant < 0) return null
  const concurrency = (2 * constant) / (linear + Math.sqrt(discriminant))
  return (concurrency * 1_000) / throughputPerS
}

import type { Expectations, LintFacts } from '../../../src/sizing/settings-lint/lint-facts.ts'

const GIBIBYTE = 1_073_741_824

/** 4 CPUs, 8 GiB, PostgreSQL as it ships, a balancer with 60 s; nothing is expected. */
export function factsWith(
  expected: Partial<Expectations> = {},
  changed: Partial<Omit<LintFacts, 'expected'>> = {},
): LintFacts {
  return {
    cpus: 4,
    memoryBytes: 8 * GIBIBYTE,
    databaseConnections: 100,
    replicas: 1,
    balancerIdleS: 60,
    ...changed,
    expected: { ratePerS: null, p50Ms: null, p95Ms: null, users: null, thinkTimeMs: 0, ...expected },
  }
}

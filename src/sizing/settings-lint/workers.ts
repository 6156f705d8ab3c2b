import type { Finding } from './finding.ts'
import { figure, quantity } from './figures.ts'
import type { LintInput } from './lint-input.ts'

/**
 * Workers far from the CPUs: more than the most generous of the known rules for a start, 2 · CPU + 1, or fewer than half of
 * the CPUs, which then idle when a worker computes on one thread.
 *
 * @see gunicorn's documentation, "How Many Workers?"
 */
export function workerCountFindings({ workers, facts }: LintInput): readonly Finding[] {
  if (workers === null) return []
  const { cpus } = facts
  const most = 2 * Math.max(1, Math.floor(cpus)) + 1
  const isMany = workers.count > most
  if (!isMany && workers.count >= cpus / 2) return []
  return [
    {
      rule: 'workers',
      severity: isMany ? 'doubtful' : 'info',
      settings: workers.settings,
      arithmetic: isMany
        ? `${workers.text} on ${quantity(cpus, 'CPU')}, and 2 × CPU + 1 = ${figure(most)}: they take turns on the CPUs, and each has its own pools, caches and heap`
        : `${workers.text} on ${quantity(cpus, 'CPU')}: an event loop computes on one CPU at a time, so ${figure(cpus - workers.count)} are left to other threads`,
      change: `one worker for each CPU, unless requests block their worker; npx tune bench measures how many are needed`,
    },
  ]
}

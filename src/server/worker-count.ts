/** What `auto` workers means; see the summary of WORKERS_POLICY in core/settings-table.ts. */
export type WorkersPolicy =
  | { readonly kind: 'per-cpu' }
  | { readonly kind: 'gunicorn' }
  | { readonly kind: 'per-core'; readonly workersPerCore: number; readonly maxWorkers: number }

/** More processes than this cost more memory than they bring throughput. */
const GUNICORN_MAX_WORKERS = 12

/**
 * Workers for a share of a machine, at least 1.
 *
 * Rounds the CPUs down: a worker for a part of a CPU would be stopped by the quota in the middle of requests.
 *
 * @param effectiveCpus CPUs that the server can use, above 0, fractional under a quota
 * @see gunicorn's documentation, "How Many Workers?", for 2 · CPU + 1
 */
export function workersFor(policy: WorkersPolicy, effectiveCpus: number): number {
  const cpus = Math.max(1, Math.floor(effectiveCpus))
  switch (policy.kind) {
    case 'per-cpu':
      return cpus
    case 'gunicorn':
      return Math.min(2 * cpus + 1, GUNICORN_MAX_WORKERS)
    case 'per-core':
      return Math.min(cpus * policy.workersPerCore, policy.maxWorkers)
  }
}

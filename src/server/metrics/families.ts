import type { Milliseconds } from '../../core/clock.ts'
import { addedFamily, countsBy, familiesOf, familiesOfEach, ofEachWorker } from './family.ts'
import type { MetricFamily, Series } from './family.ts'

const BREAKER_STATE_NUMBER = { disabled: 0, closed: 0, 'half-open': 1, open: 2 } as const
const CIRCUIT_STATES = ['closed', 'half-open', 'open'] as const

const cache = familiesOf(({ stats }) => stats.cache)
const sharedCache = familiesOf(({ stats }) => stats.cache?.shared ?? null)
const queue = familiesOf(({ stats }) => stats.queue)
const queueWaits = familiesOf((worker) => worker.queue)
const breakers = familiesOfEach('upstream', (worker) => worker.breakers.map((one) => [one, one.upstream]))
const upstreams = familiesOfEach('upstream', ({ stats }) => stats.upstreams.map((one) => [one, one.name]))
const failover = familiesOf(({ stats }) => stats.failover)
const database = familiesOf(({ stats }) => stats.database)
const cpuThreads = familiesOf(({ stats }) => stats.cpuThreads)
const compression = familiesOf((worker) => worker.compression)
const processes = familiesOf((worker) => worker.process)
const heaps = familiesOf(({ stats }) => stats)
const waitSeconds = ({ waitMs }: { readonly waitMs: Milliseconds }): number => waitMs / 1_000
const holdSeconds = ({ holdMs }: { readonly holdMs: Milliseconds }): number => holdMs / 1_000

/**
 * Everything on the metrics page, in its order: one row says what it is and where its value comes from. The first four names
 * are those of the source documents. Every label has few values whatever clients send: routes are templates, methods are
 * known ones or OTHER, workers are slots.
 */
export const METRIC_FAMILIES = {
  http_requests_total: addedFamily(
    'counter',
    'Requests that came to their end; status 499 when the client left first.',
    ['method', 'route', 'status'],
  ),
  http_request_duration_seconds: addedFamily(
    'histogram',
    'Time from the head of the request to the answer, inside the worker.',
    ['method', 'route'],
  ),
  http_requests_in_progress: addedFamily('gauge', 'Requests that have no answer yet.'),
  health_check_duration_seconds: addedFamily('histogram', 'Time that health and readiness checks took.', ['route']),
  tune_connections_cut_total: countsBy(
    'reason',
    ({ edge }) => edge,
    'Connections closed because of what their client did: what was no request, read or sent too slowly, or too many.',
  ),
  tune_pipelined_requests_discarded_total: addedFamily(
    'counter',
    'Pipelined requests without an answer because one before them closed the connection.',
  ),
  tune_rate_limit_requests_total: countsBy(
    'result',
    ({ rateLimit }) => rateLimit,
    'Decisions of the rate limiter: allowed, limited, or failed_open when it could not tell in time.',
  ),
  tune_cache_hits_total: cache.counter('hits', 'Answers from the response cache.'),
  tune_cache_misses_total: cache.counter('misses', 'Calls made because the response cache had no answer.'),
  tune_cache_coalesced_total: cache.counter('coalesced', 'Requests that waited for the call of another.'),
  tune_cache_entries: cache.gauge('entries', 'Answers in the response caches.'),
  tune_cache_bytes: cache.gauge('bytes', 'Bytes of the answers in the response caches.'),
  tune_cache_stale_total: cache.counter('stale', 'Answers from the response cache past their TTL.'),
  tune_cache_refreshes_total: cache.counter(
    'refreshes',
    'Calls made to replace answers that were served past their TTL.',
  ),
  tune_cache_shared_hits_total: sharedCache.counter('hits', 'Answers that another worker had put into files or Redis.'),
  tune_cache_shared_misses_total: sharedCache.counter('misses', 'Calls that one worker made for all.'),
  tune_cache_shared_waits_total: sharedCache.counter('waits', 'Times that a worker waited for the call of another.'),
  tune_cache_shared_corrupt_total: sharedCache.counter('corrupt', 'Entries in files or Redis that were damaged.'),
  tune_cache_shared_failures_total: sharedCache.counter('failed', 'Questions to files or Redis that failed.'),
  tune_cache_shared_skipped_total: sharedCache.counter(
    'skipped',
    'Questions not asked, because files or Redis were down.',
  ),
  tune_cache_shared_up: sharedCache.gauge(
    ({ isUp }) => Number(isUp),
    '1 when every worker can use files or Redis, otherwise 0.',
    'min',
  ),
  tune_redis_pool_connected: sharedCache.gauge('connections', 'Open connections to Redis.'),
  tune_redis_pool_running: sharedCache.gauge('running', 'Questions to files or Redis that have no answer yet.'),
  tune_queue_length: queue.gauge('waiting', 'Requests that wait for admission.'),
  tune_queue_running: queue.gauge('running', 'Requests that have been admitted and run.'),
  tune_queue_wait_seconds: queueWaits.histogram(
    ({ wait }) => wait.values(),
    'Time that admitted requests waited for it.',
  ),
  tune_queue_dropped_total: countsBy(
    'reason',
    (worker) => worker.queue?.refused,
    'Requests turned away: queue_full or queue_timeout.',
  ),
  tune_queue_limit: queue.gauge('limit', 'Requests that may run at the same time now.'),
  tune_queue_state_failures_total: addedFamily(
    'counter',
    'Times that the state of the queue could not be read or saved.',
  ),
  tune_pressure_refused_total: countsBy(
    'reason',
    ({ pressure }) => pressure,
    'Requests turned away because the server is overloaded: event_loop or memory.',
  ),
  tune_circuit_breaker_state: breakers.gauge(
    ({ breaker }) => breaker && BREAKER_STATE_NUMBER[breaker.state],
    'Worst state of the circuit in any worker: 0 closed, 1 half-open, 2 open.',
    'max',
  ),
  tune_circuit_breaker_workers: {
    ...addedFamily('gauge', 'Workers whose circuit is in this state.', ['upstream', 'state']),
    read: ({ breakers: guarded }) =>
      guarded.flatMap(({ upstream, breaker }) =>
        breaker === undefined
          ? []
          : CIRCUIT_STATES.map((state): Series => [Number(breaker.state === state), upstream, state]),
      ),
  },
  tune_circuit_breaker_failures_total: breakers.counter(
    ({ breaker }) => breaker?.failed,
    'Failed calls that the circuit breaker counted.',
  ),
  tune_circuit_breaker_trips_total: breakers.counter(({ breaker }) => breaker?.trips, 'Times that the circuit opened.'),
  tune_upstream_healthy: breakers.gauge(
    ({ isAvailable }) => Number(isAvailable),
    '1 when every worker trusts the upstream and would call it now, otherwise 0.',
    'min',
  ),
  tune_upstream_calls_total: upstreams.counter('calls', 'Calls of the upstream.'),
  tune_upstream_call_failures_total: upstreams.counter('failures', 'Calls of the upstream that failed.'),
  tune_upstream_retries_total: upstreams.counter('retries', 'Calls that repeated an earlier one.'),
  tune_upstream_failovers_total: upstreams.counter('failovers', 'Calls made because another upstream had failed.'),
  tune_upstream_health_checks_total: upstreams.counter('checks', 'Health checks of the upstream.'),
  tune_upstream_health_check_failures_total: upstreams.counter('failedChecks', 'Health checks the upstream failed.'),
  tune_upstream_ejections_total: upstreams.counter(
    'ejections',
    'Times that a worker stopped preferring the upstream because its calls failed.',
  ),
  tune_upstream_retry_budget_exhausted_total: failover.counter(
    'retriesRefused',
    'Retries that were not made because too many requests were retried already.',
  ),
  tune_degraded_answers_total: failover.counter(
    'degraded',
    'Answers with status 200 that lack what no upstream could give.',
  ),
  tune_upstream_pool_connected: upstreams.gauge('connected', 'Open connections to the upstream.'),
  tune_upstream_pool_free: upstreams.gauge(
    // A call may have its place before its connection is open.
    ({ connected, running }) => Math.max(0, connected - running),
    'Open connections that no call uses.',
  ),
  tune_upstream_pool_running: upstreams.gauge('running', 'Calls that have a connection.'),
  tune_upstream_pool_pending: upstreams.gauge('pending', 'Calls that wait for a connection.'),
  tune_upstream_pool_wait_seconds_total: upstreams.counter(waitSeconds, 'Time that calls waited for a connection.'),
  tune_upstream_pool_hold_seconds_total: upstreams.counter(holdSeconds, 'Time that calls held a connection.'),
  tune_database_pool_connected: database.gauge('connected', 'Open connections to the database.'),
  tune_database_pool_free: database.gauge('idle', 'Open connections to the database that nobody uses.'),
  tune_database_pool_running: database.gauge('running', 'Callers that have a connection to the database.'),
  tune_database_pool_pending: database.gauge('pending', 'Callers that wait for a connection to the database.'),
  tune_database_pool_exhausted_total: database.counter(
    'exhausted',
    'Callers turned away because no connection became free in time.',
  ),
  tune_database_pool_wait_seconds_total: database.counter(
    waitSeconds,
    'Time that callers waited for a connection to the database.',
  ),
  tune_database_pool_hold_seconds_total: database.counter(
    holdSeconds,
    'Time that callers held a connection to the database.',
  ),
  tune_database_connection_limit: database.gauge(
    ({ connectionLimit }) => connectionLimit ?? undefined,
    'Connections that the database server grants to ordinary users, of this server and others together.',
    'min',
  ),
  tune_cpu_threads_running: cpuThreads.gauge('running', 'Tasks that CPU threads work on.'),
  tune_cpu_threads_waiting: cpuThreads.gauge('waiting', 'Tasks that wait for a CPU thread.'),
  tune_cpu_threads_refused_total: cpuThreads.counter(
    'refused',
    'Tasks turned away because too many waited for a CPU thread.',
  ),
  tune_cpu_threads_timed_out_total: cpuThreads.counter(
    'timedOut',
    'Tasks that took too long and were ended with their threads.',
  ),
  tune_compression_input_bytes_total: compression.counter('inputBytes', 'Bytes of answers before compression.'),
  tune_compression_output_bytes_total: compression.counter('outputBytes', 'Bytes of the same answers after it.'),
  tune_compression_skipped_total: countsBy(
    'reason',
    (worker) => worker.compression?.skipped,
    'Compressible answers sent plain: busy, not_accepted, not_smaller, pressure or secret.',
  ),
  tune_worker_cpu_seconds_total: ofEachWorker(processes.counter('cpuSeconds', 'CPU time of the worker.')),
  tune_worker_resident_memory_bytes: ofEachWorker(processes.gauge('residentBytes', 'Resident memory of the worker.')),
  tune_worker_heap_used_bytes: ofEachWorker(
    heaps.gauge('heapUsedBytes', 'Live and not yet collected objects of the worker.'),
  ),
  tune_worker_external_memory_bytes: ofEachWorker(
    heaps.gauge('externalBytes', 'Memory outside the heap that its objects hold.'),
  ),
  tune_worker_event_loop_utilization: ofEachWorker(
    processes.gauge('loopUtilization', 'Share of the last second in which the event loop was busy, 0 to 1.', 'max'),
  ),
  tune_worker_scrape_age_seconds: ofEachWorker(
    addedFamily('gauge', 'Age of the last values of the worker; above 3 it hangs or is far too busy.'),
  ),
  tune_workers: addedFamily('gauge', 'Workers whose values are on this page.'),
  tune_worker_restarts_total: addedFamily('counter', 'Workers replaced, by what made it necessary.', ['reason']),
  tune_log_lines_dropped_total: addedFamily('counter', 'Log lines thrown away because nobody read them.'),
} satisfies Readonly<Record<string, MetricFamily>>

/** A name of METRIC_FAMILIES. */
export type FamilyName = keyof typeof METRIC_FAMILIES

/** The names in the order of the page. */
export const FAMILY_NAMES: readonly FamilyName[] = Object.keys(METRIC_FAMILIES).filter(isFamilyName)

/** Whether `name` is one of METRIC_FAMILIES. */
export function isFamilyName(name: unknown): name is FamilyName {
  return typeof name === 'string' && Object.hasOwn(METRIC_FAMILIES, name)
}

/** One name on the metrics page: what it counts, its labels, and how the values of several workers become one. */
export interface MetricFamily {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** Label names, in the order in which values are given. */
  readonly labels: readonly string[]
  /** How values of the same labels are put together; counters and histograms are always summed. */
  readonly merge: 'sum' | 'max' | 'min'
  /** The page tells it for each worker slot, in the label `worker`. */
  readonly isPerWorker: boolean
}

/**
 * Upper bounds of the buckets of every histogram, in seconds, ascending; `+Inf` follows. Those of Prometheus' clients, with
 * finer ones below, for answers from memory, and coarser ones up to the usual request timeout.
 */
export const BUCKETS_S: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
]

function counter(help: string, labels: readonly string[] = []): MetricFamily {
  return { type: 'counter', help, labels, merge: 'sum', isPerWorker: false }
}

function histogram(help: string, labels: readonly string[] = []): MetricFamily {
  return { type: 'histogram', help, labels, merge: 'sum', isPerWorker: false }
}

function gauge(help: string, labels: readonly string[] = [], merge: MetricFamily['merge'] = 'sum'): MetricFamily {
  return { type: 'gauge', help, labels, merge, isPerWorker: false }
}

function ofEachWorker(family: MetricFamily): MetricFamily {
  return { ...family, isPerWorker: true }
}

/**
 * Everything on the metrics page, in its order. The first four names are those of the source documents. Every label has few
 * values whatever clients send: routes are templates, methods are known ones or OTHER, workers are slots.
 */
export const METRIC_FAMILIES = {
  http_requests_total: counter('Requests that came to their end; status 499 when the client left first.', [
    'method',
    'route',
    'status',
  ]),
  http_request_duration_seconds: histogram('Time from the head of the request to the answer, inside the worker.', [
    'method',
    'route',
  ]),
  http_requests_in_progress: gauge('Requests that have no answer yet.'),
  health_check_duration_seconds: histogram('Time that health and readiness checks took.', ['route']),
  tune_rate_limit_requests_total: counter('Decisions of the rate limiter: allowed or limited.', ['result']),
  tune_cache_hits_total: counter('Answers from the response cache.'),
  tune_cache_misses_total: counter('Calls made because the response cache had no answer.'),
  tune_cache_coalesced_total: counter('Requests that waited for the call of another.'),
  tune_cache_entries: gauge('Answers in the response caches.'),
  tune_cache_bytes: gauge('Bytes of the answers in the response caches.'),
  tune_queue_length: gauge('Requests that wait for admission.'),
  tune_queue_running: gauge('Requests that have been admitted and run.'),
  tune_queue_wait_seconds: histogram('Time that admitted requests waited for it.'),
  tune_queue_dropped_total: counter('Requests turned away: queue_full or queue_timeout.', ['reason']),
  tune_circuit_breaker_state: gauge(
    'Worst state of the circuit in any worker: 0 closed, 1 half-open, 2 open.',
    ['upstream'],
    'max',
  ),
  tune_circuit_breaker_failures_total: counter('Failed calls that the circuit breaker counted.', ['upstream']),
  tune_circuit_breaker_trips_total: counter('Times that the circuit opened.', ['upstream']),
  tune_upstream_healthy: gauge('1 when every worker would call the upstream now, otherwise 0.', ['upstream'], 'min'),
  tune_upstream_calls_total: counter('Calls of the upstream.', ['upstream']),
  tune_upstream_call_failures_total: counter('Calls of the upstream that failed.', ['upstream']),
  tune_upstream_retries_total: counter('Calls that repeated an earlier one.', ['upstream']),
  tune_upstream_failovers_total: counter('Calls made because another upstream had failed.', ['upstream']),
  tune_upstream_pool_connected: gauge('Open connections to the upstream.', ['upstream']),
  tune_upstream_pool_free: gauge('Open connections that no call uses.', ['upstream']),
  tune_upstream_pool_running: gauge('Calls that have a connection.', ['upstream']),
  tune_upstream_pool_pending: gauge('Calls that wait for a connection.', ['upstream']),
  tune_upstream_pool_wait_seconds_total: counter('Time that calls waited for a connection.', ['upstream']),
  tune_upstream_pool_hold_seconds_total: counter('Time that calls held a connection.', ['upstream']),
  tune_database_pool_connected: gauge('Open connections to the database.'),
  tune_database_pool_free: gauge('Open connections to the database that nobody uses.'),
  tune_database_pool_running: gauge('Callers that have a connection to the database.'),
  tune_database_pool_pending: gauge('Callers that wait for a connection to the database.'),
  tune_database_pool_exhausted_total: counter('Callers turned away because no connection became free in time.'),
  tune_database_pool_wait_seconds_total: counter('Time that callers waited for a connection to the database.'),
  tune_database_pool_hold_seconds_total: counter('Time that callers held a connection to the database.'),
  tune_cpu_threads_running: gauge('Tasks that CPU threads work on.'),
  tune_cpu_threads_waiting: gauge('Tasks that wait for a CPU thread.'),
  tune_cpu_threads_refused_total: counter('Tasks turned away because too many waited for a CPU thread.'),
  tune_cpu_threads_timed_out_total: counter('Tasks that took too long and were ended with their threads.'),
  tune_compression_input_bytes_total: counter('Bytes of answers before compression.'),
  tune_compression_output_bytes_total: counter('Bytes of the same answers after it.'),
  tune_compression_skipped_total: counter('Compressible answers sent plain: busy, not_accepted or not_smaller.', [
    'reason',
  ]),
  tune_worker_cpu_seconds_total: ofEachWorker(counter('CPU time of the worker.')),
  tune_worker_resident_memory_bytes: ofEachWorker(gauge('Resident memory of the worker.')),
  tune_worker_heap_used_bytes: ofEachWorker(gauge('Live and not yet collected objects of the worker.')),
  tune_worker_external_memory_bytes: ofEachWorker(gauge('Memory outside the heap that its objects hold.')),
  tune_worker_event_loop_utilization: ofEachWorker(
    gauge('Share of the last second in which the event loop was busy, 0 to 1.', [], 'max'),
  ),
  tune_worker_scrape_age_seconds: ofEachWorker(
    gauge('Age of the last values of the worker; above 3 it hangs or is far too busy.', [], 'max'),
  ),
  tune_workers: gauge('Workers whose values are on this page.'),
  tune_worker_restarts_total: counter('Workers replaced, by what made it necessary.', ['reason']),
  tune_log_lines_dropped_total: counter('Log lines thrown away because nobody read them.'),
} as const satisfies Readonly<Record<string, MetricFamily>>

/** A name of METRIC_FAMILIES. */
export type FamilyName = keyof typeof METRIC_FAMILIES

/** Whether `name` is one of METRIC_FAMILIES. */
export function isFamilyName(name: unknown): name is FamilyName {
  return typeof name === 'string' && Object.hasOwn(METRIC_FAMILIES, name)
}

/**
 * The labels of a series as they stand on the page, `method="GET",route="/health"`; empty without labels.
 *
 * @param values as many as `names`
 * @throws {RangeError} when they are not as many
 */
export function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length !== values.length) throw new RangeError(`labels ${names.join()} got the values ${values.join()}`)
  return names.map((name, index) => `${name}="${escaped(values[index] ?? '')}"`).join(',')
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/, "Comments, help text, and type information" */
function escaped(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}

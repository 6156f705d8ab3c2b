import { formatCount } from '../format.ts'
import { answersWith, evidenceFigure, queueRefusals, notableShare } from './observed.ts'
import { observedUpstreams } from './observed-upstreams.ts'
import type { VisibleSymptom } from './symptom.ts'

/** Requests that the service turns away on purpose. */
export const REFUSALS: readonly VisibleSymptom[] = [
  {
    id: 'rate-limited',
    title: 'Answers with 429',
    sign: 'requests were limited (429)',
    cause:
      'A client sends more than its token bucket lets through; behind a proxy that is not trusted all clients are one.',
    check: 'The headers RateLimit-Limit and RateLimit-Remaining of an answer, and how many clients there are.',
    commands: ['curl -si "http://127.0.0.1:8000/api/v1/endpoint?item=1"', 'npx tune serve --print-settings'],
    change:
      'RATE_LIMIT_DEFAULT up, TRUSTED_PROXIES for the balancer; in a measurement RATE_LIMIT_ENABLED=false, which the preset bench has.',
    remedy: 'RATE_LIMIT_DEFAULT up; TRUSTED_PROXIES',
    seenIn: (run, report) => {
      const share = notableShare(run.requests.limited, run, report)
      return share === null ? null : `${share} were limited (429)`
    },
  },
  {
    id: 'queue-full',
    title: 'The admission queue overflows',
    sign: 'the queue refused requests, which got 503',
    cause: 'More requests arrive than run and wait together, for longer than the queue can bridge.',
    check: 'Running, waiting and refused requests of each second in the HTML page; tune_queue_dropped_total by reason.',
    commands: ['npx tune bench overload -o report.html', 'curl -s http://127.0.0.1:9090/metrics | grep tune_queue_'],
    change:
      'For a short peak QUEUE_SIZE up, and QUEUE_CONCURRENCY where CPUs are free; a circuit that opens sooner (CB_FAILURE_THRESHOLD), where the queue fills up behind an upstream that hangs. For lasting load more machines: a longer queue only makes everybody wait. QUEUE_STATE_PATH keeps size and counts over restarts, never requests.',
    remedy: 'more machines; QUEUE_SIZE for peaks',
    seenIn: (run, report) => {
      const share = notableShare(queueRefusals(run), run, report)
      return share === null ? null : `the queue refused ${share}`
    },
  },
  {
    id: 'breaker-open',
    title: 'A circuit is open',
    sign: 'the circuit breaker of an upstream was open at the end of a second',
    cause:
      'Calls of the upstream failed in a row, or too many of them in the window, so that it is left alone for a while: answers come from elsewhere, or are 503 at once.',
    check: 'What the upstream answered: failures and health before the circuit opened, and the log of the server.',
    commands: [
      'curl -s http://127.0.0.1:9090/metrics | grep -E "tune_circuit_breaker_|tune_upstream_healthy"',
      'npx tune bench breaker',
    ],
    change:
      'Mend the upstream, or name a second one (UPSTREAMS, PROVIDER_PREFERENCE). When single failures among many calls open it: CB_FAILURE_THRESHOLD up, or CB_MODE=window with CB_FAILURE_RATE. When it stays open too long: CB_RECOVERY_TIMEOUT down.',
    remedy: 'mend it; a second one in UPSTREAMS',
    seenIn: (run) => {
      const open = observedUpstreams(run).find(({ openSeconds }) => openSeconds > 0)
      return open === undefined
        ? null
        : `the circuit of ${open.name} was open in ${open.openSeconds} of ${open.seconds} s`
    },
  },
  {
    id: 'database-pool-empty',
    title: 'No database connection becomes free',
    sign: 'in the open phase callers were turned away by the pool of database connections (503 pool_timeout)',
    cause:
      'More requests need the database at once than the pool has connections, because statements are slow, the pool is small, or many workers share what the server grants.',
    check:
      'The advice on DATABASE_POOL_SIZE, with the time a connection is held; connections of the server by state; workers × (size + overflow) against its limit.',
    commands: [
      `psql "$DATABASE_URL" -c 'select state, count(*) from pg_stat_activity group by state'`,
      'npx tune recommend --check production.env --database-connections 100',
    ],
    change:
      'DATABASE_POOL_SIZE and DATABASE_MAX_OVERFLOW up while the server grants more, otherwise WEB_CONCURRENCY or MAX_WORKERS down; POOL_TIMEOUT down to fail sooner. Faster statements need fewer connections.',
    remedy: 'DATABASE_POOL_SIZE up, or fewer workers',
    seenIn: ({ workload }, report) => {
      const exhausted = evidenceFigure(report, 'DATABASE_POOL_SIZE', 'exhausted') ?? 0
      return workload.kind === 'closed' || exhausted === 0
        ? null
        : `${formatCount(exhausted)} callers got no database connection`
    },
  },
  {
    id: 'unavailable',
    title: 'Answers with 503',
    sign: 'requests were shed (503), and neither the queue nor an open circuit explains it',
    cause:
      'The header X-Tune-Reason of such an answer names the layer: pool_exhausted, pool_timeout, cpu_queue_full, cache_waiters, pressure_event_loop, pressure_memory, upstream_unavailable, database_unavailable, shutting_down. Of another server it is the balancer or the server itself.',
    check: 'One answer with its headers, and the log of the server.',
    commands: ['curl -si "http://127.0.0.1:8000/api/v1/endpoint?item=1"', 'npx tune bench -o report.html'],
    change:
      'By its reason: UPSTREAM_MAX_PENDING and UPSTREAM_POOL_MAX, DATABASE_POOL_SIZE, CPU_QUEUE_SIZE and CPU_THREADS, CACHE_MAX_WAITERS, PRESSURE_MAX_LOOP and PRESSURE_MAX_MEMORY up.',
    remedy: 'X-Tune-Reason of an answer says why',
    seenIn: (run, report) => {
      const isExplained = queueRefusals(run) > 0 || observedUpstreams(run).some(({ openSeconds }) => openSeconds > 0)
      const share = notableShare(run.requests.shed, run, report)
      return share === null || isExplained ? null : `${share} got 503`
    },
  },
  {
    id: 'too-large',
    title: 'Answers with 413, 414 or 431',
    sign: 'answers had the status 413, 414 or 431',
    cause: 'A body, an address or the head of a request is larger than is allowed.',
    check: 'The size of what is sent, and which of the three statuses it is.',
    commands: ['npx tune serve --print-settings'],
    change: 'MAX_REQUEST_SIZE for bodies (413), MAX_HEADER_BYTES for heads (431); addresses may have 8 KiB (414).',
    remedy: 'MAX_REQUEST_SIZE, MAX_HEADER_BYTES up',
    seenIn: (run, report) => {
      const share = notableShare(answersWith(run, ['413', '414', '431']), run, report)
      return share === null ? null : `${share} were too large`
    },
  },
]

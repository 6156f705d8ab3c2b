import type { Report, Run } from '../../core/report.ts'
import { formatFraction, formatMs } from '../format.ts'
import { busiestLoop, cacheUseOf, cpuShare, evidenceFigure, slowAnswers } from './observed.ts'
import { observedUpstreams } from './observed-upstreams.ts'
import type { VisibleSymptom } from './symptom.ts'

/** Fewer lookups say nothing about a cache. */
const LEAST_LOOKUPS = 100
const LOW_HIT_RATE = 0.5
/** Of the bound of the response time: what takes so long behind the server is most of the trouble. */
const LARGE_PART = 0.5
/** Waits that are longer than a moment: seconds at least, and of all seconds. */
const LASTING_WAIT = { seconds: 2, fraction: 0.1 }
/** Below this share of its CPUs and event loops a slow target waits for something else. */
const IDLE_FRACTION = 0.5

/** Slow answers because of what the server waits for: database, upstreams, cache; whatever else it is comes last. */
export const SLOW_DEPENDENCIES: readonly VisibleSymptom[] = [
  {
    id: 'slow-database',
    title: 'Slow statements',
    sign: 'slow, and a database connection was held for half of that on average',
    cause: 'Statements without an index, or which read more than is shown, and lists without pages.',
    check:
      'How long a connection is held stands under DATABASE_POOL_SIZE in the advice; the log of slow statements of the database names them.',
    commands: [
      `psql "$DATABASE_URL" -c 'select state, count(*) from pg_stat_activity group by state'`,
      `psql "$DATABASE_URL" -c 'explain analyze select …'`,
    ],
    change:
      'An index for the WHERE and ORDER BY of the slow statement, pages, sums made by the database, a cache for what is read often (CACHE_TTL, CACHE_ROUTE_TTL). A larger pool does not make a statement faster.',
    remedy: 'indexes and pages; CACHE_TTL up',
    seenIn: (run, report) => {
      const slow = slowAnswers(run, report)
      const heldMs = evidenceFigure(report, 'DATABASE_POOL_SIZE', 'meanHoldMs') ?? 0
      if (slow === null || heldMs < LARGE_PART * slow.boundMs) return null
      return `${slow.text}; a database connection is held for ${formatMs(heldMs)}`
    },
  },
  {
    id: 'slow-upstream',
    title: 'Slow upstreams',
    sign: 'slow, and calls of an upstream took half of that on average',
    cause: 'The service waits for another one, which is slow or slowed down by the calls.',
    check:
      'Figures of each upstream, and its health: tune_upstream_healthy, tune_upstream_pool_hold_seconds_total / tune_upstream_calls_total.',
    commands: ['curl -s http://127.0.0.1:9090/metrics | grep tune_upstream_', 'npx tune bench cache-hit'],
    change:
      'Cache what it answers (CACHE_TTL), give up sooner (UPSTREAM_TIMEOUT, UPSTREAM_HEADERS_TIMEOUT), let slow calls open the circuit (CB_MODE=window, CB_SLOW_CALL_TIME), prefer another provider (PROVIDER_PREFERENCE).',
    remedy: 'CACHE_TTL up, UPSTREAM_TIMEOUT down',
    seenIn: (run, report) => {
      const slow = slowAnswers(run, report)
      const upstream = slowUpstream(run, report)
      return slow === null || upstream === null
        ? null
        : `${slow.text}; calls of ${upstream.name} take about ${formatMs(upstream.meanHoldMs)}`
    },
  },
  {
    id: 'upstream-pool-full',
    title: 'Calls wait for an upstream connection',
    sign: 'in an open phase calls waited for a connection at the end of 2 seconds or more, and of a tenth of them',
    cause: 'The pool holds fewer connections than calls are under way: calls per second × the time of a call.',
    check: 'UPSTREAM_POOL_MAX in the advice, with rate and hold time; UPSTREAM_PER_HOST where upstreams share a host.',
    commands: ['curl -s http://127.0.0.1:9090/metrics | grep tune_upstream_pool_', 'npx tune bench'],
    change:
      'UPSTREAM_POOL_MAX and UPSTREAM_PER_HOST up, as far as the upstream can bear it; UPSTREAM_POOL_KEEPALIVE up, so that connections are not opened anew for each call.',
    remedy: 'UPSTREAM_POOL_MAX, UPSTREAM_PER_HOST up',
    seenIn: (run) => {
      if (run.workload.kind === 'closed') return null
      const waiting = observedUpstreams(run).find(
        ({ pendingSeconds, seconds }) =>
          pendingSeconds >= LASTING_WAIT.seconds && pendingSeconds >= LASTING_WAIT.fraction * seconds,
      )
      if (waiting === undefined) return null
      const { name, pendingSeconds, seconds } = waiting
      return `calls of ${name} waited for a connection in ${pendingSeconds} of ${seconds} s`
    },
  },
  {
    id: 'cache-misses',
    title: 'Slow with a cache that rarely helps',
    sign: 'slow, and fewer than half of 100 or more lookups were hits',
    cause: 'Entries end or are pushed out before they are asked for again, or the keys hardly ever repeat.',
    check: 'Hits, misses and entries: tune_cache_; a cache as full as it may be pushes entries out.',
    commands: ['curl -s http://127.0.0.1:9090/metrics | grep tune_cache_', 'npx tune bench cache-hit'],
    change:
      'CACHE_TTL or CACHE_ROUTE_TTL up, CACHE_MAX_SIZE and CACHE_MAX_BYTES up; one cache for all workers with CACHE_TYPE=redis or file; keys without what differs from user to user.',
    remedy: 'CACHE_TTL, CACHE_MAX_SIZE up',
    seenIn: (run, report) => {
      const slow = slowAnswers(run, report)
      const cache = cacheUseOf(run)
      if (slow === null || cache === null || cache.lookups < LEAST_LOOKUPS || cache.hitRate >= LOW_HIT_RATE) return null
      return `${slow.text} with ${formatFraction(cache.hitRate)} cache hits`
    },
  },
  {
    id: 'waits-elsewhere',
    title: 'Slow with idle CPUs',
    sign: 'slow, and the target used less than half of its CPUs and event loops',
    cause:
      'It waits: for a database, for a disk, for another service, for a lock, or, where a worker serves one request at a time, for a free thread.',
    check:
      'Rows of the routes: which of them waits. Raise the connections step by step; throughput that does not grow while the CPUs stay idle has reached a pool, a lock or a number of threads.',
    commands: ['npx tune bench -c 8', 'npx tune bench -c 64', 'iostat -x 1 5'],
    change:
      'Where workers block, more of them, or threads in them (WEB_CONCURRENCY, GUNICORN_THREADS); otherwise the pool that they wait for: DATABASE_POOL_SIZE, UPSTREAM_POOL_MAX. Parallel calls instead of one after the other, and connections that are kept instead of opened for each call.',
    remedy: 'look at database, upstreams and threads',
    seenIn: (run, report) => {
      const slow = slowAnswers(run, report)
      const share = cpuShare(run, report)
      if (slow === null || share === null || share >= IDLE_FRACTION) return null
      if ((busiestLoop(run) ?? 0) >= IDLE_FRACTION || slowUpstream(run, report) !== null) return null
      return `${slow.text} with the CPUs only ${formatFraction(share)} busy`
    },
  },
]
function slowUpstream(run: Run, report: Report): { readonly name: string; readonly meanHoldMs: number } | null {
  const leastMs = LARGE_PART * (slowAnswers(run, report)?.boundMs ?? Number.POSITIVE_INFINITY)
  const slow = observedUpstreams(run).flatMap(({ name, meanHoldMs }) =>
    meanHoldMs === null || meanHoldMs < leastMs ? [] : [{ name, meanHoldMs }],
  )
  return slow[0] ?? null
}

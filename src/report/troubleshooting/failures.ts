import type { Run } from '../../core/report.ts'
import { formatFraction } from '../format.ts'
import { answersWith, boundsOf, notableShare } from './observed.ts'
import { observedUpstreams } from './observed-upstreams.ts'
import type { VisibleSymptom } from './symptom.ts'

/** Requests that go wrong, and connections that break. */
export const FAILURES: readonly VisibleSymptom[] = [
  {
    id: 'upstream-failing',
    title: 'Calls of an upstream fail',
    sign: 'more calls of an upstream failed than the error objective allows (1 % without one)',
    cause: 'The upstream answers with errors, breaks connections, or does not answer in time.',
    check: 'Health, failures, retries and failovers of each upstream, and the log of the server.',
    commands: [
      'curl -s http://127.0.0.1:9090/metrics | grep -E "tune_upstream_(healthy|call_failures|retries|failovers)"',
      'npx tune bench failover',
    ],
    change:
      'A second provider to fail over to (UPSTREAMS, PROVIDER_PREFERENCE); retries for failures that pass (RETRY_MAX_ATTEMPTS, RETRY_BASE) within RETRY_BUDGET; HEALTH_INTERVAL down to rest a sick one sooner; CACHE_STALE_IF_ERROR or DEGRADED_ANSWERS to have something to say meanwhile.',
    remedy: 'mend it; a second one in UPSTREAMS',
    seenIn: (run, report) => {
      const { bound } = boundsOf(report).errorRate
      const failing = observedUpstreams(run).find(({ calls, failures }) => failures > bound * calls)
      if (failing === undefined) return null
      return `${formatFraction(failing.failures / failing.calls)} of the calls of ${failing.name} failed`
    },
  },
  {
    id: 'timed-out',
    title: 'Requests that get no answer in time',
    sign: 'requests timed out at the generator, or were answered with 504',
    cause:
      'Something hangs without a timeout of its own: a call, a statement, a lock. Timeouts that are longer than the patience of the caller do not help either.',
    check:
      'Timeouts from the outside to the inside: that of the client, REQUEST_TIMEOUT, UPSTREAM_TIMEOUT; each must be shorter than the one around it.',
    commands: ['npx tune recommend --check production.env', 'npx tune bench --timeout 10s -o report.html'],
    change:
      'UPSTREAM_TIMEOUT, UPSTREAM_CONNECT_TIMEOUT, UPSTREAM_HEADERS_TIMEOUT, POOL_TIMEOUT and CPU_TASK_TIMEOUT below REQUEST_TIMEOUT, and that below what clients wait; a circuit breaker (CB_ENABLED), so that not everybody waits for the same upstream. Work that takes minutes belongs into a job, REQUEST_TIMEOUT up is for uploads.',
    remedy: 'UPSTREAM_TIMEOUT below REQUEST_TIMEOUT',
    seenIn: (run, report) => {
      const share = notableShare(run.requests.timedOut + answersWith(run, ['504']), run, report)
      return share === null ? null : `${share} got no answer in time`
    },
  },
  {
    id: 'server-errors',
    title: 'Answers with 500 or 502',
    sign: 'answers had the status 500 or 502',
    cause: 'The handler threw an exception (500), or no upstream gave an answer that could be used (502).',
    check:
      'The log: each such answer is a line with the level error, with the stack where it was a mistake of the server.',
    commands: ['npx tune serve --set LOG_LEVEL=error', 'npx tune bench failover'],
    change:
      'Mend what the log names. For 502: RETRY_MAX_ATTEMPTS, a second one in UPSTREAMS, and DEGRADED_ANSWERS or CACHE_STALE_IF_ERROR to answer with less instead of failing.',
    remedy: 'the log names it; DEGRADED_ANSWERS',
    seenIn: (run, report) => {
      const share = notableShare(answersWith(run, ['500', '502']), run, report)
      return share === null ? null : `${share} got 500 or 502`
    },
  },
  {
    id: 'wrong-answers',
    title: 'The right status and the wrong body',
    sign: 'answers did not have the body that the scenario expects (mismatched)',
    cause:
      'A degraded answer instead of an error, an error page with status 200, or a scenario that expects something else.',
    check: 'One answer by hand, its header X-Degraded, and expect in the scenario.',
    commands: ['curl -si "http://127.0.0.1:8000/api/v1/endpoint?item=1"'],
    change: 'DEGRADED_ANSWERS=false to see errors as errors, or another expectation in the scenario.',
    remedy: 'look at one answer; DEGRADED_ANSWERS',
    seenIn: (run, report) => {
      const share = notableShare(run.requests.mismatched, run, report)
      return share === null ? null : `${share} had a wrong body`
    },
  },
  {
    id: 'connection-refused',
    title: 'Connections are refused',
    sign: 'requests ended with the connection error ECONNREFUSED',
    cause:
      'Nothing listens there, because the server ended or is being restarted, or its queue of new connections is full.',
    check: 'Whether the server runs all the time, on which address, and its limits on open files and connections.',
    commands: ['npx tune serve', 'ss -ltn', 'npx tune doctor'],
    change:
      'SERVER_HOST and SERVER_PORT as the balancer expects them; GRACEFUL_TIMEOUT up where deployments cut requests off; MAX_CONNECTIONS up or 0.',
    remedy: 'does it run all the time? SERVER_HOST',
    seenIn: (run, report) => {
      const share = notableShare(refusedConnections(run), run, report)
      return share === null ? null : `${share} found nobody listening`
    },
  },
  {
    id: 'connections-lost',
    title: 'Connections are reset or closed',
    sign: 'requests lost their connection in another way than by being refused',
    cause:
      'The server closes an idle connection just when the next request comes, cuts a slow reader or a client with too many connections off, or a worker dies.',
    check:
      'The codes of the connection errors; keep-alive against the idle timeout of the balancer; restarts of workers in the log and in tune_worker_restarts_total.',
    commands: [
      'npx tune recommend --check production.env --balancer-idle 60s',
      'curl -s http://127.0.0.1:9090/metrics | grep -E "tune_worker_restarts_total|tune_connections_cut_total"',
    ],
    change:
      'KEEP_ALIVE above the idle timeout of the balancer; WRITE_TIMEOUT, MAX_CONNECTIONS and MAX_CONNECTIONS_PER_CLIENT up; WORKER_TIMEOUT above the longest computation.',
    remedy: 'KEEP_ALIVE above that of the balancer',
    seenIn: (run, report) => {
      const share = notableShare(run.requests.lost - refusedConnections(run), run, report)
      return share === null ? null : `${share} lost their connection`
    },
  },
]

function refusedConnections({ errors }: Run): number {
  return errors['ECONNREFUSED'] ?? 0
}

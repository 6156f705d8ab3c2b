import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SYMPTOM_CHAPTERS } from '../../../src/report/troubleshooting/diagnose.ts'

const SYMPTOMS = new Map(SYMPTOM_CHAPTERS.flatMap(([, symptoms]) => symptoms).map((symptom) => [symptom.id, symptom]))

/**
 * Every entry of the documents' troubleshooting lists, in a few words of ours: the symptom that covers it, and what must stand
 * there. The numbers are those of research/server.md; 000 has no such list.
 */
const ENTRIES: Readonly<Record<string, readonly (readonly [entry: string, symptom: string, says: RegExp])[]>> = {
  V39: [
    ['look at the queries', 'slow-database', /statements/i],
    ['look at the hit rate', 'cache-misses', /tune_cache_/],
    ['look at the CPU of workers', 'cpu-full', /CPU per request/],
    ['look at other services', 'slow-upstream', /tune_upstream_pool_hold_seconds_total/],
    ['longer TTL', 'cache-misses', /CACHE_TTL/],
    ['indexes', 'slow-database', /index/],
    ['more workers', 'loop-full', /WEB_CONCURRENCY/],
    ['breakers', 'slow-upstream', /circuit.*CB_MODE/],
  ],
  V40: [
    ['larger pool', 'database-pool-empty', /DATABASE_POOL_SIZE and DATABASE_MAX_OVERFLOW up/],
    ['fewer workers', 'database-pool-empty', /MAX_WORKERS down/],
  ],
  V41: [
    ['90 % are used', 'memory-full', /90 %/],
    ['large answers', 'memory-full', /size of answers/],
    ['leaks in background work', 'memory-growing', /leak, in work beside the requests/],
    ['size of the cache', 'memory-full', /bytes of the cache/],
    ['pages', 'memory-full', /Pages/],
    ['streams', 'memory-full', /streams/],
    ['shorter TTL', 'memory-full', /CACHE_TTL down/],
    ['memory per worker', 'memory-full', /Memory of each worker/],
  ],
  V42: [
    ['does it run', 'redis-away', /ping/],
    ['the address', 'redis-away', /REDIS_URL/],
    ['names inside containers', 'redis-away', /inside a container.*redis:\/\/redis:6379/s],
  ],
  V44: [
    ['connections by state', 'database-pool-empty', /pg_stat_activity group by state/],
    ['figures of Redis', 'redis-away', /info memory/],
    ['CPU and memory of processes', 'disturbed-machine', /\btop\b/],
    ['sockets', 'connection-refused', /\bss -ltn/],
    ['disks', 'waits-elsewhere', /iostat/],
  ],
  H27: [
    ['enable HTTP/3', 'http3-windows', /enable it/],
    ['wider stream windows', 'http3-windows', /wider windows/],
    ['UDP buffers', 'http3-windows', /UDP buffers/],
    ['health of providers, for latency', 'slow-upstream', /tune_upstream_healthy/],
    ['smaller cache', 'memory-full', /CACHE_MAX_BYTES, CACHE_MAX_SIZE/],
    ['fewer streams', 'http3-windows', /fewer streams for memory/],
    ['size of the queue, for memory', 'memory-full', /QUEUE_SIZE/],
    ['watch the metrics', 'memory-growing', /memory over time/],
    ['logs of the breaker', 'breaker-open', /tune_circuit_breaker_.*|log of the server/],
    ['health of providers, for failures', 'upstream-failing', /Health/],
    ['retry settings', 'upstream-failing', /RETRY_MAX_ATTEMPTS/],
    ['failover', 'upstream-failing', /fail over to \(UPSTREAMS, PROVIDER_PREFERENCE\)/],
    ['longer queue', 'queue-full', /QUEUE_SIZE up/],
    ['its persistence', 'queue-full', /QUEUE_STATE_PATH/],
    ['breaker, for the queue', 'queue-full', /CB_FAILURE_THRESHOLD/],
    ['scale out', 'queue-full', /more machines/],
  ],
  A: [
    ['objects made per request', 'work-per-request', /built or read again by each request/],
    ['indexes and models loaded again', 'work-per-request', /models/],
    ['many retries with long waits', 'retry-storm', /RETRY_MAX_ATTEMPTS and RETRY_MAX_DELAY down/],
    ['delays that cascade', 'retry-storm', /multiply the calls/],
    ['blocking work on the event loop', 'loop-full', /blocking call/],
    ['no pool of connections', 'upstream-pool-full', /UPSTREAM_POOL_KEEPALIVE/],
    ['the same places looked up again', 'repeated-lookups', /GEOCODE_CACHE_SIZE/],
    ['calls that hang', 'timed-out', /hangs without a timeout/],
    ['no breaker', 'timed-out', /CB_ENABLED/],
    ['memory that grows with requests', 'memory-growing', /Build heavy objects once/],
    ['an empty answer instead of a failure', 'server-errors', /DEGRADED_ANSWERS/],
  ],
  E17: [
    ['more workers or threads', 'waits-elsewhere', /WEB_CONCURRENCY, GUNICORN_THREADS/],
    ['size of the database pool', 'waits-elsewhere', /DATABASE_POOL_SIZE/],
    ['Redis works and caches', 'redis-away', /REDIS_URL/],
    ['slow queries', 'slow-database', /slow statement/],
    ['workers replaced sooner', 'memory-growing', /MAX_REQUESTS down/],
    ['fewer workers', 'memory-full', /WEB_CONCURRENCY down/],
    ['leaks', 'memory-growing', /leak/],
    ['pool and overflow', 'database-pool-empty', /DATABASE_POOL_SIZE and DATABASE_MAX_OVERFLOW up/],
    ['limit of the database', 'database-away', /max_connections/],
    ['the network', 'database-away', /network/],
  ],
}

function textOf(id: string): string {
  const symptom = SYMPTOMS.get(id)
  if (symptom === undefined) return ''
  const { sign, cause, check, change, commands } = symptom
  return [sign, cause, check, change, ...commands].join('\n')
}

/** The entries of a list that the table does not cover. */
function uncovered(list: string): readonly string[] {
  const entries = ENTRIES[list] ?? []
  return entries.filter(([, id, says]) => !says.test(textOf(id))).map(([entry, id]) => `${entry}: ${id}`)
}

test('V39 the list on slow answers is covered', () => assert.deepEqual(uncovered('V39'), []))

test('V40 the list on an exhausted database pool is covered', () => assert.deepEqual(uncovered('V40'), []))

test('V41 the list on memory is covered', () => assert.deepEqual(uncovered('V41'), []))

test('V42 the list on Redis is covered', () => assert.deepEqual(uncovered('V42'), []))

test('V44 the commands to look at databases and Redis stand where they help', () =>
  assert.deepEqual(uncovered('V44'), []))

test('H27 the four lists on latency, memory, failures and the queue are covered', () =>
  assert.deepEqual(uncovered('H27'), []))

test('the bottlenecks of the search service are covered (A02 to A08)', () => assert.deepEqual(uncovered('A'), []))

test('E17 the lists on slow answers, memory and connections are covered', () => assert.deepEqual(uncovered('E17'), []))

test('every list has a test of its own', () => {
  assert.deepEqual(Object.keys(ENTRIES), ['V39', 'V40', 'V41', 'V42', 'V44', 'H27', 'A', 'E17'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lintSettings } from '../../../src/sizing/settings-lint/lint-settings.ts'
import { DOCUMENT_PRESETS } from './document-presets.ts'
import { findingsOf, theFinding, type Values } from './findings-of.ts'
import { factsWith } from './lint-facts-example.ts'

const MEBIBYTE = 1_048_576

test('settings that fit together get no finding, also beside a rate and response times', () => {
  const clean = {
    WEB_CONCURRENCY: '4',
    DATABASE_URL: 'postgres://app:secret@db:5432/app',
    DATABASE_POOL_SIZE: '5',
    DATABASE_MAX_OVERFLOW: '5',
    KEEP_ALIVE: '75',
    REQUEST_TIMEOUT: '60',
    UPSTREAM_TIMEOUT: '15',
    UPSTREAM_CONNECT_TIMEOUT: '2',
    RETRY_MAX_ATTEMPTS: '2',
    WORKER_TIMEOUT: '120',
    GRACEFUL_TIMEOUT: '60',
    QUEUE_ENABLED: 'true',
    QUEUE_SIZE: '10',
    QUEUE_TIMEOUT: '5',
    QUEUE_CONCURRENCY: '50',
    CB_MODE: 'window',
    CB_MIN_CALLS: '20',
    CACHE_MAX_BYTES: '64mb',
    NODE_OPTIONS: '--max-old-space-size=1024',
  }
  const facts = factsWith({ ratePerS: 400, p50Ms: 40, p95Ms: 200, users: 1_000, thinkTimeMs: 2_000 })
  assert.deepEqual(lintSettings(clean, facts).findings, [])
})

test('8 requests at once of 50 ms each are 160/s, whatever a document promises', () => {
  // research/sizing.md 1.2: 8 / 0.05 = 160 req/s.
  const facts = factsWith({ ratePerS: 1_000, p50Ms: 50 })
  const finding = theFinding('concurrency', DOCUMENT_PRESETS.eventStream, facts)
  assert.equal(finding.severity, 'wrong')
  assert.match(finding.arithmetic, /4 workers × 2 threads = 8 requests at once; at 50 ms each that is 160\/s/)
  assert.match(finding.change, /promise no more than 160\/s/)
  assert.deepEqual(finding.settings, [
    { name: 'GUNICORN_WORKERS', value: '4' },
    { name: 'GUNICORN_THREADS', value: '2' },
  ])
})

test('replicas multiply the requests at once: 7 of them promise 1,000/s and keep it', () => {
  // 7 × 8 = 56 ≥ 1000 × 0.05 = 50 > 6 × 8 = 48.
  const expected = { ratePerS: 1_000, p50Ms: 50 }
  assert.equal(findingsOf('concurrency', DOCUMENT_PRESETS.eventStream, factsWith(expected, { replicas: 7 })).length, 0)
  assert.equal(findingsOf('concurrency', DOCUMENT_PRESETS.eventStream, factsWith(expected, { replicas: 6 })).length, 1)
})

test('a p95 alone makes the requests at once doubtful, where the mean would have to be far below a third of it', () => {
  // 8 / 1000/s = 8 ms; ln 20 = 3.0: 24 ms < 200 ms. At 100/s: 80 ms × 3 = 240 ms.
  const finding = theFinding('concurrency', DOCUMENT_PRESETS.eventStream, factsWith({ ratePerS: 1_000, p95Ms: 200 }))
  assert.equal(finding.severity, 'doubtful')
  assert.match(finding.arithmetic, /each may take 8 ms on average/)
  const slow = factsWith({ ratePerS: 100, p95Ms: 200 })
  assert.deepEqual(findingsOf('concurrency', DOCUMENT_PRESETS.eventStream, slow), [])
})

test('threads for CPU work of the bundled server are no places for requests', () => {
  const facts = factsWith({ ratePerS: 1_000, p50Ms: 50 })
  assert.deepEqual(findingsOf('concurrency', { WEB_CONCURRENCY: '4', CPU_THREADS: '2' }, facts), [])
})

test('100 users who think for 2 s ask for 49 requests/s', () => {
  // research/sizing.md 1.2: 100 / (2 + 0.05) = 49 rps; 500 × 2.05 = 1025 users.
  const facts = factsWith({ ratePerS: 500, p50Ms: 50, users: 100, thinkTimeMs: 2_000 })
  const finding = theFinding('users', DOCUMENT_PRESETS.small, facts)
  assert.match(finding.arithmetic, /= 48\.8\/s, and 500\/s are expected/)
  assert.match(finding.change, /1,025 users/)
})

test('the large preset opens 480 connections, and PostgreSQL as it ships grants 97', () => {
  // research/sizing.md 1.1 row 4: 16 × (20 + 10) = 480.
  const finding = theFinding('database-connections', DOCUMENT_PRESETS.large, factsWith({}, { cpus: 8 }))
  assert.equal(finding.severity, 'wrong')
  assert.match(finding.arithmetic, /min\(8 CPUs × 2, 16\) = 16 workers × \(20 \+ 10\) = 480 connections/)
  assert.match(finding.arithmetic, /100 − 3 reserved = 97; .*ask for 960/)
  // 97 / (16 × 2) = 3.03.
  assert.match(finding.change, /at most 3 for each worker/)
})

test('connections that fit, but not twice while a deployment rolls, are doubtful; replicas count', () => {
  const values = { WEB_CONCURRENCY: '4', DATABASE_POOL_SIZE: '5', DATABASE_MAX_OVERFLOW: '5' }
  const severity = (replicas: number, databaseConnections = 100): string | undefined =>
    findingsOf('database-connections', values, factsWith({}, { replicas, databaseConnections }))[0]?.severity
  assert.equal(severity(1), undefined) // 40 × 2 = 80
  assert.equal(severity(2), 'doubtful') // 80, and 160
  assert.equal(severity(3), 'wrong') // 120
  assert.equal(severity(3, 300), undefined) // 240 of 297
})

test('a file of SQLite has no limit of connections', () => {
  for (const DATABASE_URL of ['sqlite:/var/lib/app.db', 'sqlite+aiosqlite:///./app.db']) {
    const values = { ...DOCUMENT_PRESETS.large, DATABASE_URL }
    assert.deepEqual(findingsOf('database-connections', values, factsWith({}, { cpus: 8 })), [])
  }
})

test('pools that would have to give connections back sooner than the median request ends are doubtful', () => {
  // 4 × 10 / 1000/s = 40 ms < 50 ms; 1000 × 0.05 / 4 = 12.5.
  const facts = factsWith({ ratePerS: 1_000, p50Ms: 50 })
  const values = { WEB_CONCURRENCY: '4', DATABASE_POOL_SIZE: '5', DATABASE_MAX_OVERFLOW: '5' }
  const finding = theFinding('pool-demand', values, facts)
  assert.match(finding.arithmetic, /= 40 connections to the database; .* hold one for 40 ms/)
  assert.match(finding.change, /needs 13/)
  const upstream = theFinding('pool-demand', { WORKERS: '4', UPSTREAM_POOL_MAX: '100', UPSTREAM_PER_HOST: '10' }, facts)
  assert.match(upstream.arithmetic, /40 connections to an upstream/)
})

test('a worker with 2 threads does not use a pool of 20', () => {
  assert.match(theFinding('idle-pool', DOCUMENT_PRESETS.eventStream).change, /^POOL_SIZE=2 and MAX_OVERFLOW=0/)
  assert.deepEqual(findingsOf('idle-pool', { ...DOCUMENT_PRESETS.eventStream, POOL_SIZE: '2', MAX_OVERFLOW: '0' }), [])
})

test('heaps of all workers together must fit into the memory', () => {
  // 4 × 2048 = 8192 MiB; of 8192 MiB 85 % are 6963 MiB; of 6144 MiB it is too much.
  const values = { WEB_CONCURRENCY: '4', NODE_OPTIONS: '--enable-source-maps --max-old-space-size=2048' }
  assert.equal(theFinding('heap', values).severity, 'doubtful')
  const wrong = theFinding('heap', values, factsWith({}, { memoryBytes: 6_144 * MEBIBYTE }))
  assert.equal(wrong.severity, 'wrong')
  assert.match(wrong.arithmetic, /4 workers × 2,048 MiB of heap = 8,192 MiB, and the memory is 6,144 MiB/)
  assert.deepEqual(findingsOf('heap', { ...values, NODE_OPTIONS: '--max-old-space-size=1024' }), [])
})

test('a heap in percent is of the whole memory for each worker', () => {
  const NODE_OPTIONS = '--max-old-space-size-percentage=50'
  assert.equal(theFinding('heap', { WEB_CONCURRENCY: '4', NODE_OPTIONS }).severity, 'wrong')
  assert.deepEqual(findingsOf('heap', { WEB_CONCURRENCY: '1', NODE_OPTIONS }), [])
})

test('caches are held against the heap of their worker and the memory of all', () => {
  const severity = (cache: string, heap?: string): string | undefined =>
    findingsOf('cache-bytes', {
      WORKERS: '4',
      CACHE_MAX_BYTES: cache,
      ...(heap === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heap}` }),
    })[0]?.severity
  assert.equal(severity('64mb', '1024'), undefined)
  assert.equal(severity('300mb', '1024'), 'doubtful') // beyond a quarter of the heap
  assert.equal(severity('1025mb', '1024'), 'wrong') // never full
  assert.equal(severity('400mb'), undefined) // a quarter of 8192 × 85 % / 4 is 435 MiB
  assert.equal(severity('500mb'), 'doubtful')
  assert.equal(severity('3gb'), 'wrong') // 12 GiB of 8
})

test('memory at which workers are replaced must be reached before the machine has no more', () => {
  assert.equal(findingsOf('worker-memory', { WORKERS: '4', WORKER_MAX_MEMORY: '3gb' }).length, 1)
  assert.equal(findingsOf('worker-memory', { WORKERS: '4', WORKER_MAX_MEMORY: '2gb' }).length, 0)
})

test('workers far above 2 × CPU + 1 are doubtful, far below the CPUs a remark, and in between fine', () => {
  const severity = (count: number): string | undefined =>
    findingsOf('workers', { WEB_CONCURRENCY: String(count) }, factsWith({}, { cpus: 8 }))[0]?.severity
  assert.deepEqual([1, 4, 8, 16, 17, 18].map(severity), [
    'info',
    undefined,
    undefined,
    undefined,
    undefined,
    'doubtful',
  ])
})

test('workers by policy are counted for the CPUs of the machine, rounded down', () => {
  const text = (values: Values, cpus: number): string =>
    theFinding('database-connections', { ...values, DATABASE_POOL_SIZE: '1000' }, factsWith({}, { cpus })).arithmetic
  assert.match(text({ WORKERS_POLICY: 'gunicorn' }, 2.5), /min\(2 × 2 CPUs \+ 1, 12\) = 5 workers/)
  assert.match(text({ WEB_CONCURRENCY: 'auto' }, 2.5), /2 CPUs × 1 = 2 workers/)
  assert.match(text({ WEB_CONCURRENCY: '0' }, 2.5), /^1 worker ×/)
  assert.match(text({}, 2.5), /^1 worker at least ×/)
})

test('a limit per client is held against the users: too few of them cannot send the rate', () => {
  const values = { RATE_LIMIT_DEFAULT: '60/minute' }
  assert.equal(theFinding('limiter', values, factsWith({ ratePerS: 500 })).severity, 'info')
  const few = theFinding('limiter', values, factsWith({ ratePerS: 500, users: 100 }))
  assert.equal(few.severity, 'wrong')
  assert.match(few.change, /a limit of 300\/minute or more, or expect 100\/s/)
  assert.deepEqual(findingsOf('limiter', values, factsWith({ ratePerS: 500, users: 500 })), [])
  const keys = { ...values, RATE_LIMIT_MAX_KEYS: '100' }
  assert.equal(theFinding('limiter', keys, factsWith({ ratePerS: 500, users: 500 })).severity, 'doubtful')
  assert.deepEqual(findingsOf('limiter', { ...values, RATE_LIMIT_ENABLED: 'off' }, factsWith({ ratePerS: 500 })), [])
})

test('exactly as much as is needed is enough: requests at once, connections, clients', () => {
  // 8 = 160/s × 50 ms; 97 = 100 − 3, but not twice; 500 clients for 500/s.
  const enough = factsWith({ ratePerS: 160, p50Ms: 50 })
  assert.deepEqual(findingsOf('concurrency', DOCUMENT_PRESETS.eventStream, enough), [])
  const all = { WORKERS: '1', DATABASE_POOL_SIZE: '97', DATABASE_MAX_OVERFLOW: '0' }
  assert.equal(theFinding('database-connections', all).severity, 'doubtful')
  const limit = { RATE_LIMIT_DEFAULT: '60/minute', RATE_LIMIT_MAX_KEYS: '500' }
  assert.deepEqual(findingsOf('limiter', limit, factsWith({ ratePerS: 500, users: 500 })), [])
})

test('requests that a queue admits are places too, and the tighter bound counts', () => {
  const facts = factsWith({ ratePerS: 1_000, p50Ms: 50 })
  const admitted = { WORKERS: '4', QUEUE_CONCURRENCY: '10' }
  assert.match(theFinding('concurrency', admitted, facts).arithmetic, /4 workers × 10 admitted = 40 requests at once/)
  assert.match(
    theFinding('concurrency', { ...admitted, GUNICORN_THREADS: '20' }, facts).arithmetic,
    /4 workers × 10 admitted/,
  )
  assert.deepEqual(findingsOf('concurrency', { ...admitted, QUEUE_ENABLED: 'false' }, facts), [])
})

test('replicas share the rate: what each worker needs is told for all of them', () => {
  // 1000/s × 50 ms = 50 at once, over 4 workers × 2 replicas 7 each; 500/s over 8 workers are 62.5/s, and 10 s of them 625.
  const shared = factsWith({ ratePerS: 1_000, p50Ms: 50 }, { replicas: 2, databaseConnections: 1_000 })
  assert.match(theFinding('concurrency', DOCUMENT_PRESETS.eventStream, shared).change, /^give each worker 7 places/)
  const pool = { WORKERS: '4', DATABASE_POOL_SIZE: '5' }
  assert.match(theFinding('pool-demand', pool, shared).change, /each worker needs 7$/)
  const queue = { WORKERS: '4', QUEUE_SIZE: '1000', REQUEST_TIMEOUT: '10' }
  const finding = theFinding('queue-length', queue, factsWith({ ratePerS: 500 }, { replicas: 2 }))
  assert.match(finding.arithmetic, /1,000 \/ \(500\/s \/ \(4 workers × 2 replicas\)\) = 16 s/)
  assert.match(finding.change, /^QUEUE_SIZE=625,/)
})

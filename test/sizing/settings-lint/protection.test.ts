import assert from 'node:assert/strict'
import { test } from 'node:test'

import { callsToRun } from '../../../src/sizing/settings-lint/breaker.ts'
import { DOCUMENT_PRESETS } from './document-presets.ts'
import { findingsOf, theFinding } from './findings-of.ts'
import { factsWith } from './lint-facts-example.ts'

test('KEEP_ALIVE of 5 s behind a balancer of 60 s is wrong, 62 s is doubtful, 65 s, 0 and no balancer are fine', () => {
  const severity = (keepAlive: string, balancerIdleS = 60): string | undefined =>
    findingsOf('keep-alive', { KEEPALIVE: keepAlive }, factsWith({}, { balancerIdleS }))[0]?.severity
  assert.deepEqual(
    ['5', '62', '65', '75', '0'].map((value) => severity(value)),
    ['wrong', 'doubtful', undefined, undefined, undefined],
  )
  assert.equal(severity('5', 0), undefined)
  assert.equal(severity('75', 350), 'wrong')
  assert.match(theFinding('keep-alive', { KEEPALIVE: '5' }).change, /^KEEPALIVE=65;/)
})

test('an upstream that may take longer than the request is doubtful, and retries that do not fit in are told', () => {
  // research/server.md 7: REQUEST_TIMEOUT 60 s, upstream 120 s.
  const longer = theFinding('upstream-timeout', { REQUEST_TIMEOUT: '60', LLM_TIMEOUT: '120000' })
  assert.equal(longer.severity, 'doubtful')
  assert.match(longer.arithmetic, /may take 120 s, and the request ends after 60 s/)
  const retried = theFinding('upstream-timeout', {
    REQUEST_TIMEOUT: '60',
    UPSTREAM_TIMEOUT: '20',
    UPSTREAM_CONNECT_TIMEOUT: '5',
    RETRY_MAX_ATTEMPTS: '3',
  })
  assert.equal(retried.severity, 'info')
  assert.match(retried.arithmetic, /3 × \(5 s to connect \+ 20 s\) = 75 s/)
})

test('five attempts of 120 s outlive the 240 s after which the worker is killed', () => {
  const finding = theFinding('worker-timeout', DOCUMENT_PRESETS.azure)
  assert.match(
    finding.arithmetic,
    /hung after 240 s, and one request may take 5 × 120 s \+ 4 × 60 s of waiting = 840 s/,
  )
  assert.match(finding.change, /^TIMEOUT above 840 s/)
})

test('a worker timeout below the request timeout is doubtful, and one above it is not', () => {
  assert.equal(theFinding('worker-timeout', { TIMEOUT: '30', REQUEST_TIMEOUT: '60' }).severity, 'doubtful')
  assert.deepEqual(findingsOf('worker-timeout', { TIMEOUT: '90', REQUEST_TIMEOUT: '60', UPSTREAM_TIMEOUT: '100' }), [])
})

test('a graceful timeout below the request timeout cuts requests off', () => {
  const finding = theFinding('graceful-timeout', { GRACEFUL_TIMEOUT: '30', REQUEST_TIMEOUT: '60' })
  assert.match(finding.change, /^GRACEFUL_TIMEOUT=60/)
  assert.deepEqual(findingsOf('graceful-timeout', { GRACEFUL_TIMEOUT: '60', REQUEST_TIMEOUT: '60' }), [])
})

test('a wait within the request that may take as long as the request is doubtful', () => {
  const values = { REQUEST_TIMEOUT: '10', QUEUE_TIMEOUT: '10', CPU_TASK_TIMEOUT: '5', POOL_TIMEOUT: '30' }
  const names = findingsOf('inner-timeout', values).map(({ settings }) => settings[0]?.name)
  assert.deepEqual(names, ['QUEUE_TIMEOUT', 'POOL_TIMEOUT'])
})

test('a p95 beyond the request timeout cannot be', () => {
  assert.equal(theFinding('expected-time', { REQUEST_TIMEOUT: '10' }, factsWith({ p95Ms: 12_000 })).severity, 'wrong')
  assert.deepEqual(findingsOf('expected-time', { REQUEST_TIMEOUT: '10' }, factsWith({ p95Ms: 9_000 })), [])
})

test('the last of 10,000 in a queue waits 20 s at 500/s, and with 4 workers each has a quarter of the rate', () => {
  // research/sizing.md 1.2.
  const facts = factsWith({ ratePerS: 500 })
  const finding = theFinding('queue-length', { QUEUE_SIZE: '10000', REQUEST_TIMEOUT: '10' }, facts)
  assert.equal(finding.severity, 'wrong')
  assert.match(finding.arithmetic, /10,000 \/ \(500\/s\) = 20 s; REQUEST_TIMEOUT is 10 s/)
  assert.match(finding.change, /^QUEUE_SIZE=5000,/)
  const shared = theFinding('queue-length', { WORKERS: '4', QUEUE_SIZE: '2500', REQUEST_TIMEOUT: '10' }, facts)
  assert.match(shared.arithmetic, /2,500 \/ \(500\/s \/ \(4 workers\)\) = 20 s/)
})

test('a queue whose entries leave in time is doubtful at most, and a queue that is off is not judged', () => {
  const facts = factsWith({ ratePerS: 500 })
  const values = { QUEUE_SIZE: '10000', REQUEST_TIMEOUT: '10', QUEUE_TIMEOUT: '5' }
  assert.equal(theFinding('queue-length', values, facts).severity, 'doubtful')
  assert.deepEqual(findingsOf('queue-length', { ...values, QUEUE_ENABLED: 'no' }, facts), [])
  assert.equal(
    theFinding('queue-length', { QUEUE_SIZE: '500' }, factsWith({ ratePerS: 500, p95Ms: 200 })).severity,
    'doubtful',
  )
})

test('the mean number of calls until failures come in a row is that of the published formula', () => {
  // research/sizing.md 1.2.
  assert.equal(Math.round(callsToRun(0.1, 5)), 111_110)
  assert.equal(Math.round(callsToRun(0.2, 5)), 3_905)
  // Feller: a run of two heads takes six tosses.
  assert.ok(Math.abs(callsToRun(0.5, 2) - 6) < 1e-9)
})

test('5 failures in a row come by chance within minutes, 10 do not, and without a rate nothing is said', () => {
  const facts = factsWith({ ratePerS: 500 })
  const finding = theFinding('breaker-by-chance', { CB_FAILURE_THRESHOLD: '5' }, facts)
  assert.match(finding.arithmetic, /= 111,110 calls on average; at 500\/s that is 222 s/)
  assert.match(finding.change, /CB_MIN_CALLS=23/)
  assert.deepEqual(findingsOf('breaker-by-chance', { CB_FAILURE_THRESHOLD: '10' }, facts), [])
  assert.deepEqual(findingsOf('breaker-by-chance', { CB_FAILURE_THRESHOLD: '5' }), [])
  assert.deepEqual(findingsOf('breaker-by-chance', { CB_FAILURE_THRESHOLD: '5', CB_ENABLED: '0' }, facts), [])
})

test('a window that is judged after a few calls opens by chance', () => {
  const values = { CB_MODE: 'window', CB_MIN_CALLS: '10', CB_FAILURE_RATE: '50' }
  assert.match(theFinding('breaker-by-chance', values).change, /^CB_MIN_CALLS=15,/)
  assert.deepEqual(findingsOf('breaker-by-chance', { ...values, CB_MIN_CALLS: '20' }), [])
})

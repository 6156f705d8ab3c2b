import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ClusterMetrics } from '../../../src/server/metrics/cluster-metrics.ts'
import { Histogram } from '../../../src/server/metrics/histogram.ts'
import { isMetricsSnapshot, SnapshotBuilder } from '../../../src/server/metrics/snapshot.ts'
import type { MetricsSnapshot } from '../../../src/server/metrics/snapshot.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { readMetricsPage } from '../../support/metrics-page.ts'
import type { MetricsPage } from '../../support/metrics-page.ts'

/** What a worker tells after so many requests of 20 ms. */
function told(requests: number, { inProgress = 0, breaker = 0, healthy = 1 } = {}): MetricsSnapshot {
  const durations = new Histogram()
  for (let request = 0; request < requests; request++) durations.observe(0.02)
  return new SnapshotBuilder()
    .add('http_requests_total', requests, 'GET', '/health', '200')
    .add('http_request_duration_seconds', durations.values(), 'GET', '/health')
    .add('http_requests_in_progress', inProgress)
    .add('tune_circuit_breaker_state', breaker, 'primary')
    .add('tune_upstream_healthy', healthy, 'primary')
    .add('tune_worker_cpu_seconds_total', requests / 100)
    .add('tune_worker_resident_memory_bytes', 1_000)
    .build()
}

function pageOf(metrics: ClusterMetrics): MetricsPage {
  return readMetricsPage(metrics.page('prometheus'))
}

test('ME03 counts are those of all workers, and stay when workers end', () => {
  const metrics = new ClusterMetrics(new FakeClock())
  metrics.update(1, 0, told(10))
  metrics.update(2, 1, told(5))
  metrics.update(1, 0, told(12))
  assert.equal(pageOf(metrics).sum('http_requests_total'), 17)
  metrics.retire(1)
  metrics.update(3, 0, told(2))
  const page = pageOf(metrics)
  assert.equal(page.sum('http_requests_total'), 19)
  assert.equal(page.sum('http_request_duration_seconds_count'), 19)
})

test('ME03 the last words of a worker count, also when they come after its end', () => {
  const metrics = new ClusterMetrics(new FakeClock())
  metrics.update(1, 0, told(10))
  metrics.retire(1)
  metrics.update(1, 0, told(13, { inProgress: 4 }))
  metrics.retire(2)
  metrics.update(2, 1, told(1))
  const page = pageOf(metrics)
  assert.equal(page.sum('http_requests_total'), 14)
  assert.equal(page.sum('tune_workers'), 0)
  assert.deepEqual(page.find('http_requests_in_progress'), [])
})

test('ME03 nothing ever falls while thousands of workers come and go, and only slots are told apart', () => {
  const metrics = new ClusterMetrics(new FakeClock())
  let before = 0
  for (let id = 0; id < 3_000; id++) {
    metrics.update(id, id % 4, told(3))
    if (id >= 4) metrics.retire(id - 4)
    if (id % 100 !== 0) continue
    const page = pageOf(metrics)
    const now = page.sum('http_requests_total')
    assert.equal(now, (id + 1) * 3)
    assert.ok(now >= before)
    assert.ok(page.find('tune_worker_cpu_seconds_total').length <= 4)
    before = now
  }
  const page = pageOf(metrics)
  assert.equal(page.sum('tune_workers'), 4)
  assert.ok(Math.abs(page.sum('tune_worker_cpu_seconds_total', { worker: '0' }) - (750 * 3) / 100) < 1e-9)
})

test('ME04 gauges are summed, or the worst or least of the workers, and those of ended workers are gone', () => {
  const metrics = new ClusterMetrics(new FakeClock())
  metrics.update(1, 0, told(1, { inProgress: 2, breaker: 2, healthy: 0 }))
  metrics.update(2, 1, told(1, { inProgress: 3 }))
  const page = pageOf(metrics)
  assert.equal(page.sum('http_requests_in_progress'), 5)
  assert.equal(page.sum('tune_circuit_breaker_state', { upstream: 'primary' }), 2)
  assert.equal(page.sum('tune_upstream_healthy', { upstream: 'primary' }), 0)
  assert.deepEqual(
    page.find('tune_worker_resident_memory_bytes').map(({ labels }) => labels),
    [{ worker: '0' }, { worker: '1' }],
  )
  metrics.retire(1)
  const later = pageOf(metrics)
  assert.equal(later.sum('http_requests_in_progress'), 3)
  assert.equal(later.sum('tune_circuit_breaker_state'), 0)
  assert.deepEqual(
    later.find('tune_worker_resident_memory_bytes').map(({ labels }) => labels),
    [{ worker: '1' }],
  )
})

test('ME05 a worker that says nothing any more is on the page with its last values and their age', () => {
  const clock = new FakeClock()
  const metrics = new ClusterMetrics(clock)
  metrics.update(1, 0, told(10))
  clock.advance(7_000)
  metrics.update(2, 1, told(1))
  clock.advance(500)
  const page = pageOf(metrics)
  assert.equal(page.sum('http_requests_total'), 11)
  assert.equal(page.sum('tune_worker_scrape_age_seconds', { worker: '0' }), 7.5)
  assert.equal(page.sum('tune_worker_scrape_age_seconds', { worker: '1' }), 0.5)
})

test('restarts are counted by reason', () => {
  const metrics = new ClusterMetrics(new FakeClock())
  for (const reason of ['requests', 'hung', 'requests']) metrics.countRestart(reason)
  const page = pageOf(metrics)
  assert.equal(page.sum('tune_worker_restarts_total', { reason: 'requests' }), 2)
  assert.equal(page.sum('tune_worker_restarts_total', { reason: 'hung' }), 1)
})

test('WK11 what is no snapshot is recognised', () => {
  assert.ok(isMetricsSnapshot(told(3)))
  const series = (values: unknown): unknown => new Map([['http_requests_in_progress', new Map([['', values]])]])
  for (const [what, value] of Object.entries({
    nothing: undefined,
    anObject: { http_requests_total: 1 },
    anUnknownName: new Map([['evil_total', new Map([['', [1]]])]]),
    aPrototypeName: new Map([['__proto__', new Map([['', [1]]])]]),
    noSeries: new Map([['http_requests_total', 5]]),
    notANumber: series([Number.NaN]),
    aText: series(['1']),
    tooMany: series([1, 2]),
    tooFew: new Map([['http_request_duration_seconds', new Map([['', [1, 2]]])]]),
  })) {
    assert.ok(!isMetricsSnapshot(value), what)
  }
})

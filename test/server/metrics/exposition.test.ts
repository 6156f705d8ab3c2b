import assert from 'node:assert/strict'
import { test } from 'node:test'

import { FAMILY_NAMES, METRIC_FAMILIES } from '../../../src/server/metrics/families.ts'
import { metricsFormat, pageOf } from '../../../src/server/metrics/exposition.ts'
import { Histogram } from '../../../src/server/metrics/histogram.ts'
import { MergedValues } from '../../../src/server/metrics/merged-values.ts'
import { SnapshotBuilder } from '../../../src/server/metrics/snapshot.ts'
import { readMetricsPage } from '../../support/metrics-page.ts'

/** Every family with one series, whose labels hold everything that must be escaped. */
function everything(): MergedValues {
  const histogram = new Histogram()
  for (const seconds of [0, 0.0005, 0.3, 59, 1_000]) histogram.observe(seconds)
  const snapshot = new SnapshotBuilder()
  for (const name of FAMILY_NAMES) {
    const { type, labels } = METRIC_FAMILIES[name]
    snapshot.add(name, type === 'histogram' ? histogram.values() : 1.5, ...labels.map(() => 'a\\b"c\nd,e="f'))
  }
  const values = new MergedValues()
  values.add(snapshot.build(), 3)
  return values
}

test('ME01 a page of all families keeps the rules of the Prometheus text format', () => {
  const page = readMetricsPage(pageOf(everything(), 'prometheus'))
  assert.deepEqual([...page.types.keys()], FAMILY_NAMES)
  const [requests] = page.find('http_requests_total')
  assert.equal(requests?.labels['route'], 'a\\b"c\nd,e="f')
  const buckets = page.find('http_request_duration_seconds_bucket')
  const countBelow = (le: string): number | undefined => buckets.find(({ labels }) => labels['le'] === le)?.value
  assert.deepEqual([countBelow('0.0005'), countBelow('0.25'), countBelow('0.5')], [2, 2, 3])
  assert.deepEqual([countBelow('60'), countBelow('+Inf')], [4, 5])
  assert.equal(page.sum('http_request_duration_seconds_sum'), 1_059.3005)
})

test('ME01 a page of all families keeps the rules of OpenMetrics', () => {
  const text = pageOf(everything(), 'openmetrics')
  const page = readMetricsPage(text, 'openmetrics')
  assert.equal(page.types.get('http_requests'), 'counter')
  assert.equal(page.sum('http_requests_total'), 1.5)
  assert.ok(text.includes('le="1.0"') && !text.includes('le="1"'))
})

test('ME01 the names of the source documents are there', () => {
  const named = {
    http_requests_total: 'counter',
    http_request_duration_seconds: 'histogram',
    http_requests_in_progress: 'gauge',
    health_check_duration_seconds: 'histogram',
  } as const
  for (const [name, type] of Object.entries(named)) assert.equal(METRIC_FAMILIES[name as keyof typeof named].type, type)
  assert.deepEqual(METRIC_FAMILIES.http_requests_total.labels, ['method', 'route', 'status'])
})

test('families without a value are not on the page', () => {
  assert.equal(pageOf(new MergedValues(), 'prometheus'), '\n')
  assert.equal(pageOf(new MergedValues(), 'openmetrics'), '# EOF\n')
})

test('ME01 OpenMetrics goes to who prefers it, as Prometheus does', () => {
  const prometheus3 =
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
  assert.equal(metricsFormat(prometheus3), 'openmetrics')
  assert.equal(metricsFormat('application/openmetrics-text'), 'openmetrics')
  for (const accept of [undefined, '', '*/*', 'text/html', 'text/plain, application/openmetrics-text;q=0.5']) {
    assert.equal(metricsFormat(accept), 'prometheus', accept)
  }
  assert.equal(metricsFormat('application/openmetrics-text;q=0'), 'prometheus')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { formatCurrent, formatEvidence, formatValue } from '../../src/report/recommended-value.ts'
import { reportFixture } from '../support/report-fixture.ts'

test('a value carries its unit, in the singular for one, and bytes are scaled', () => {
  const shown = [
    formatValue(2, 'workers'),
    formatValue(1, 'requests per worker'),
    formatValue(75, 's'),
    formatValue(1, 's'),
  ]
  assert.deepEqual(shown, ['2 workers', '1 request per worker', '75 s', '1 s'])
  assert.deepEqual(
    [formatValue(67_108_864, 'bytes per worker'), formatValue(null, 's')],
    ['64 MiB per worker', 'not set'],
  )
})

test('the present value is told in few words', () => {
  const [one] = reportFixture().recommendations
  assert.ok(one)
  assert.equal(formatCurrent(one), 'now 1')
  assert.equal(formatCurrent({ ...one, current: one.value }), 'as now')
  assert.equal(formatCurrent({ ...one, current: null }), 'now not set')
  assert.equal(formatCurrent({ ...one, current: 1_048_576, unit: 'bytes per worker' }), 'now 1 MiB')
})

test('figures of the evidence are shown in the unit that their key names', () => {
  const evidence = {
    cpuMsPerRequest: 0.391,
    throughputPerS: 2_468.7,
    usedBytes: 1_310,
    memoryLimitMiB: 24_100,
    hitFraction: 0.652,
    balancerIdleS: 60,
    workers: 2,
    doubts: 'a short run',
  }
  assert.equal(
    formatEvidence(evidence),
    'cpu per request 0.39 ms, throughput 2,469/s, used 1.3 KiB, memory limit 24,100 MiB, hit 65.2%, balancer idle 60 s, workers 2, doubts: a short run',
  )
})

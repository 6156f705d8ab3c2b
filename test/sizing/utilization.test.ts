import assert from 'node:assert/strict'
import { test } from 'node:test'

import { capacityPerS, modelledCapacity, scalingEfficiency, utilization } from '../../src/sizing/utilization.ts'

test('a disk that serves 40 requests/s of 22.5 ms is busy 90 % of the time', () => {
  // Lazowska et al. 1984, chapter 3, the example of the utilization law.
  assert.ok(Math.abs(utilization(40, 22.5, 1) - 0.9) < 1e-12)
})

test('utilization is shared by all servers, and a quota is a part of one', () => {
  assert.equal(utilization(100, 10, 2), 0.5)
  assert.equal(utilization(25, 10, 0.5), 0.5)
})

test('capacity is the throughput at which the resource is saturated', () => {
  assert.ok(Math.abs(utilization(capacityPerS(3, 4), 4, 3) - 0.95) < 1e-12)
})

test('a measurement is carried over to more CPUs with a loss of 10 % for each doubling', () => {
  assert.equal(scalingEfficiency(2, 4), 0.9)
  assert.ok(Math.abs(scalingEfficiency(1, 8) - 0.729) < 1e-12)
  assert.equal(scalingEfficiency(4, 2), 1)
})

test('2 ms of CPU per request, measured on one CPU, are 855 requests/s on two', () => {
  // 2 CPUs × 0.95 / 2 ms × 0.9
  assert.ok(Math.abs(modelledCapacity(2, 1, 2) - 855) < 1e-9)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseCpuList } from '../../src/host/cpu-list.ts'

// Examples of the list format in cpuset(7), except for the empty one, which the kernel writes for a set without CPUs.
test('ranges and single CPUs of a kernel list are read', () => {
  assert.deepEqual(parseCpuList('0-4,9'), [0, 1, 2, 3, 4, 9])
  assert.deepEqual(parseCpuList('0-2,7,12-14'), [0, 1, 2, 7, 12, 13, 14])
  assert.deepEqual(parseCpuList(''), [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { interferenceBetween, sampleInterference, throttledMs } from '../../src/host/interference.ts'
import { fixtureRoot, MOUNTS } from './fixture-root.ts'

test('steal and total time are told in milliseconds, and guest time is not counted twice', (t) => {
  // user nice system idle iowait irq softirq steal guest guest_nice, in ticks of 10 ms; guest is a part of user.
  const root = fixtureRoot(t, { '/proc/stat': 'cpu  100 10 50 800 5 1 4 30 60 0\ncpu0 1 1 1 1 1 1 1 1 1 1' })
  assert.deepEqual(sampleInterference(root), { stealMs: 300, totalMs: 10_000, throttledCount: 0 })
})

test('v2 throttling is summed over the cgroup and its ancestors, and told of one group in milliseconds', (t) => {
  const root = fixtureRoot(t, {
    '/proc/self/mountinfo': MOUNTS.v2,
    '/proc/self/cgroup': '0::/pod/app',
    '/sys/fs/cgroup/pod/cpu.stat': 'usage_usec 9\nnr_periods 50\nnr_throttled 3\nthrottled_usec 40000',
    '/sys/fs/cgroup/pod/app/cpu.stat': 'usage_usec 9\nnr_periods 50\nnr_throttled 2\nthrottled_usec 2500\nnr_bursts 0',
  })
  assert.equal(sampleInterference(root).throttledCount, 5)
  assert.equal(throttledMs(root, '/sys/fs/cgroup/pod'), 40)
})

test('v1 throttling is told in nanoseconds there and in milliseconds here', (t) => {
  const root = fixtureRoot(t, {
    '/proc/self/mountinfo': MOUNTS.v1Cpu,
    '/proc/self/cgroup': '4:cpu,cpuacct:/',
    '/sys/fs/cgroup/cpu,cpuacct/cpu.stat': 'nr_periods 10\nnr_throttled 4\nthrottled_time 31000000',
  })
  assert.equal(sampleInterference(root).throttledCount, 4)
  assert.equal(throttledMs(root, '/sys/fs/cgroup/cpu,cpuacct'), 31)
})

test('interference is the difference of two samples', () => {
  const before = { stealMs: 100, totalMs: 10_000, throttledCount: 7 }
  const after = { stealMs: 150, totalMs: 12_000, throttledCount: 9 }
  assert.deepEqual(interferenceBetween(before, after), { stealFraction: 0.025, throttledCount: 2 })
})

test('a system that tells nothing shows no interference', (t) => {
  const nothing = sampleInterference(fixtureRoot(t, {}))
  assert.deepEqual(interferenceBetween(nothing, nothing), { stealFraction: 0, throttledCount: 0 })
})

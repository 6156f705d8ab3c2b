import assert from 'node:assert/strict'
import { totalmem } from 'node:os'
import { test } from 'node:test'

import { detectMemory } from '../../src/host/memory.ts'
import { fixtureRoot, MOUNTS } from './fixture-root.ts'

const GIBIBYTE = 2 ** 30
const SIXTEEN_GIB = { '/proc/meminfo': 'MemTotal:       16777216 kB\nMemFree:         1000 kB' }

const CASES = [
  {
    when: 'nothing limits it in v2',
    files: {
      '/proc/self/mountinfo': MOUNTS.v2,
      '/proc/self/cgroup': '0::/app',
      '/sys/fs/cgroup/app/memory.max': 'max',
    },
    limitGib: 16,
    source: 'machine',
    origin: '/proc/meminfo',
  },
  {
    when: 'v1 writes 9223372036854771712 for unlimited',
    files: {
      '/proc/self/mountinfo': MOUNTS.v1Memory,
      '/proc/self/cgroup': '4:memory:/',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
    },
    limitGib: 16,
    source: 'machine',
    origin: '/proc/meminfo',
  },
  {
    when: 'v1 limits a parent',
    files: {
      '/proc/self/mountinfo': MOUNTS.v1Memory,
      '/proc/self/cgroup': '4:memory:/slice/app',
      '/sys/fs/cgroup/memory/slice/memory.limit_in_bytes': String(GIBIBYTE),
      '/sys/fs/cgroup/memory/slice/app/memory.limit_in_bytes': String(2 * GIBIBYTE),
    },
    limitGib: 1,
    source: 'cgroup-v1',
    origin: '/sys/fs/cgroup/memory/slice/memory.limit_in_bytes',
  },
  {
    when: 'memory.high throttles below memory.max',
    files: {
      '/proc/self/mountinfo': MOUNTS.v2,
      '/proc/self/cgroup': '0::/app',
      '/sys/fs/cgroup/app/memory.max': String(4 * GIBIBYTE),
      '/sys/fs/cgroup/app/memory.high': String(3 * GIBIBYTE),
    },
    limitGib: 3,
    source: 'cgroup-v2',
    origin: '/sys/fs/cgroup/app/memory.high',
  },
  {
    when: 'memory is in v2 while the CPU controller is in v1',
    files: {
      '/proc/self/mountinfo': `${MOUNTS.v1Cpu}\n${MOUNTS.hybridV2}`,
      '/proc/self/cgroup': '1:cpu,cpuacct:/\n0::/app',
      '/sys/fs/cgroup/unified/app/memory.max': String(GIBIBYTE / 2),
    },
    limitGib: 0.5,
    source: 'cgroup-v2',
    origin: '/sys/fs/cgroup/unified/app/memory.max',
  },
  {
    when: 'a limit lies above what the machine has',
    files: {
      '/proc/self/mountinfo': MOUNTS.v2,
      '/proc/self/cgroup': '0::/app',
      '/sys/fs/cgroup/app/memory.max': String(64 * GIBIBYTE),
    },
    limitGib: 16,
    source: 'machine',
    origin: '/proc/meminfo',
  },
] as const

for (const { when, files, limitGib, source, origin } of CASES) {
  test(`${limitGib} of 16 GiB are usable when ${when}`, (t) => {
    assert.deepEqual(detectMemory(fixtureRoot(t, { ...SIXTEEN_GIB, ...files })), {
      totalBytes: 16 * GIBIBYTE,
      limitBytes: limitGib * GIBIBYTE,
      source,
      origin,
    })
  })
}

test('without /proc the memory is what the system tells Node', (t) => {
  assert.equal(detectMemory(fixtureRoot(t, {})).totalBytes, totalmem())
})

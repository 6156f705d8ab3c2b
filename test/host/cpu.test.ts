import assert from 'node:assert/strict'
import { test } from 'node:test'

import { detectCpus, readAffinity } from '../../src/host/cpu.ts'
import { fixtureRoot, MOUNTS } from './fixture-root.ts'

const EIGHT_CPUS = {
  '/sys/devices/system/cpu/online': '0-7',
  '/proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0-7',
}
const V2 = { ...EIGHT_CPUS, '/proc/self/mountinfo': MOUNTS.v2 }
const V1 = { ...EIGHT_CPUS, '/proc/self/mountinfo': `${MOUNTS.v1Cpu}\n${MOUNTS.v1Memory}` }

interface Case {
  readonly when: string
  readonly files: Readonly<Record<string, string>>
  readonly effective: number
  readonly source: string
  readonly origin: string
}

const CASES: readonly Case[] = [
  {
    when: 'nothing limits them',
    files: { ...V2, '/proc/self/cgroup': '0::/user.slice', '/sys/fs/cgroup/user.slice/cpu.max': 'max 100000' },
    effective: 8,
    source: 'machine',
    origin: '/sys/devices/system/cpu/online',
  },
  {
    when: 'a v2 quota is 1.5 CPUs',
    files: { ...V2, '/proc/self/cgroup': '0::/app', '/sys/fs/cgroup/app/cpu.max': '150000 100000' },
    effective: 1.5,
    source: 'cgroup-v2',
    origin: '/sys/fs/cgroup/app/cpu.max',
  },
  {
    when: 'a v2 quota is a quarter of a CPU (docker --cpus=0.25)',
    files: { ...V2, '/proc/self/cgroup': '0::/app', '/sys/fs/cgroup/app/cpu.max': '25000 100000' },
    effective: 0.25,
    source: 'cgroup-v2',
    origin: '/sys/fs/cgroup/app/cpu.max',
  },
  {
    when: 'the tightest v2 quota is in the middle of the hierarchy',
    files: {
      ...V2,
      '/proc/self/cgroup': '0::/kubepods/pod7/app',
      '/sys/fs/cgroup/kubepods/cpu.max': '600000 100000',
      '/sys/fs/cgroup/kubepods/pod7/cpu.max': '200000 100000',
      '/sys/fs/cgroup/kubepods/pod7/app/cpu.max': '400000 100000',
    },
    effective: 2,
    source: 'cgroup-v2',
    origin: '/sys/fs/cgroup/kubepods/pod7/cpu.max',
  },
  {
    when: 'a v2 cgroup namespace shows the cgroup as its root',
    files: { ...V2, '/proc/self/cgroup': '0::/', '/sys/fs/cgroup/cpu.max': '300000 100000' },
    effective: 3,
    source: 'cgroup-v2',
    origin: '/sys/fs/cgroup/cpu.max',
  },
  {
    when: 'the namespace begins at the cgroup but the mount was made outside it',
    files: {
      ...EIGHT_CPUS,
      '/proc/self/mountinfo': MOUNTS.v2.replace(' / /sys', ' /docker/4f1a /sys'),
      '/proc/self/cgroup': '0::/',
      '/sys/fs/cgroup/cpu.max': '300000 100000',
    },
    effective: 3,
    source: 'cgroup-v2',
    origin: '/sys/fs/cgroup/cpu.max',
  },
  {
    when: 'the mount lies above the cgroup namespace',
    files: {
      ...EIGHT_CPUS,
      '/proc/self/mountinfo': MOUNTS.v2.replace(' / /sys', ' /.. /sys'),
      '/proc/self/cgroup': '0::/',
      '/sys/fs/cgroup/cpu.max': '500000 100000',
    },
    effective: 5,
    source: 'cgroup-v2',
    origin: '/sys/fs/cgroup/cpu.max',
  },
  {
    when: 'a container without a cgroup namespace mounts only its own v1 cgroup',
    files: {
      ...EIGHT_CPUS,
      '/proc/self/mountinfo': MOUNTS.v1Cpu.replace(' / /sys', ' /docker/4f1a /sys'),
      '/proc/self/cgroup': '4:cpu,cpuacct:/docker/4f1a',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '250000',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
    },
    effective: 2.5,
    source: 'cgroup-v1',
    origin: '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us',
  },
  {
    when: 'a v1 parent is tighter than the cgroup itself',
    files: {
      ...V1,
      '/proc/self/cgroup': '9:memory:/\n4:cpu,cpuacct:/slice/app',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
      '/sys/fs/cgroup/cpu,cpuacct/slice/cpu.cfs_quota_us': '75000',
      '/sys/fs/cgroup/cpu,cpuacct/slice/cpu.cfs_period_us': '50000',
      '/sys/fs/cgroup/cpu,cpuacct/slice/app/cpu.cfs_quota_us': '400000',
      '/sys/fs/cgroup/cpu,cpuacct/slice/app/cpu.cfs_period_us': '100000',
    },
    effective: 1.5,
    source: 'cgroup-v1',
    origin: '/sys/fs/cgroup/cpu,cpuacct/slice/cpu.cfs_quota_us',
  },
  {
    when: 'a v1 quota is -1',
    files: {
      ...V1,
      '/proc/self/cgroup': '4:cpu,cpuacct:/',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
    },
    effective: 8,
    source: 'machine',
    origin: '/sys/devices/system/cpu/online',
  },
  {
    when: 'v1 holds the cpu controller beside an empty v2 hierarchy',
    files: {
      ...EIGHT_CPUS,
      '/proc/self/mountinfo': `${MOUNTS.v1Cpu}\n${MOUNTS.hybridV2}`,
      '/proc/self/cgroup': '1:cpu,cpuacct:/app\n0::/app',
      '/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us': '50000',
      '/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us': '100000',
      '/sys/fs/cgroup/unified/app/cgroup.procs': '1',
    },
    effective: 0.5,
    source: 'cgroup-v1',
    origin: '/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us',
  },
  {
    when: 'taskset or a cpuset allows some of them',
    files: { ...V2, '/proc/self/status': 'Cpus_allowed:\t2c\nCpus_allowed_list:\t2-3,5', '/proc/self/cgroup': '0::/' },
    effective: 3,
    source: 'affinity',
    origin: '/proc/self/status',
  },
  {
    when: 'the quota is wider than the affinity',
    files: {
      ...V2,
      '/proc/self/status': 'Cpus_allowed_list:\t0-1',
      '/proc/self/cgroup': '0::/app',
      '/sys/fs/cgroup/app/cpu.max': '400000 100000',
    },
    effective: 2,
    source: 'affinity',
    origin: '/proc/self/status',
  },
  {
    when: 'the name of the mount point contains a space',
    files: {
      ...EIGHT_CPUS,
      '/proc/self/mountinfo': MOUNTS.v2.replace('/sys/fs/cgroup', String.raw`/control\040groups`),
      '/proc/self/cgroup': '0::/a:b',
      '/control groups/a:b/cpu.max': '100000 100000',
    },
    effective: 1,
    source: 'cgroup-v2',
    origin: '/control groups/a:b/cpu.max',
  },
]

for (const { when, files, effective, source, origin } of CASES) {
  test(`${effective} of 8 CPUs are usable when ${when}`, (t) => {
    const facts = detectCpus(fixtureRoot(t, files))
    assert.deepEqual(
      { logical: facts.logical, effective: facts.effective, source: facts.source, origin: facts.origin },
      { logical: 8, effective, source, origin },
    )
  })
}

test('a quota is told even where the affinity is tighter', (t) => {
  const root = fixtureRoot(t, {
    ...V2,
    '/proc/self/status': 'Cpus_allowed_list:\t0',
    '/proc/self/cgroup': '0::/app',
    '/sys/fs/cgroup/app/cpu.max': '400000 100000',
  })
  assert.equal(detectCpus(root).quota, 4)
})

test('an override lowers the usable CPUs and never raises them', (t) => {
  const root = fixtureRoot(t, EIGHT_CPUS)
  assert.deepEqual([detectCpus(root, 0.5).effective, detectCpus(root, 0.5).source], [0.5, 'override'])
  assert.deepEqual([detectCpus(root, 64).effective, detectCpus(root, 64).source], [8, 'machine'])
})

test('affinity is a sorted list of CPU numbers, empty where the system does not tell', (t) => {
  assert.deepEqual(
    readAffinity(fixtureRoot(t, { '/proc/self/status': 'Cpus_allowed_list:\t8-10,0,2-3' })),
    [0, 2, 3, 8, 9, 10],
  )
  assert.deepEqual(readAffinity(fixtureRoot(t, {})), [])
})

test('the CPU model comes from /proc/cpuinfo', (t) => {
  const root = fixtureRoot(t, { '/proc/cpuinfo': 'processor\t: 0\nmodel name\t: AMD EPYC 9R14\nmodel\t\t: 17' })
  assert.equal(detectCpus(root).model, 'AMD EPYC 9R14')
})

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { detectHost } from '../../src/host/detect.ts'
import { type DoctorCheck, runDoctorChecks } from '../../src/host/doctor-checks.ts'
import { changeFiles, fixtureRoot, MOUNTS } from './fixture-root.ts'

async function checksOf(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, DoctorCheck>> {
  const root = fixtureRoot(t, files)
  const checks = await runDoctorChecks(detectHost({ root }), { root, watchMs: 1 })
  return new Map(checks.map((check) => [check.name, check]))
}

const PROBLEMS: Readonly<Record<string, { files: Record<string, string>; found: RegExp; advice: RegExp }>> = {
  'open files': {
    files: { '/proc/self/limits': 'Limit          Soft Limit  Hard Limit  Units\nMax open files  1024  4096  files' },
    found: /1024.*4096/,
    advice: /ulimit -n/,
  },
  'CPU governor': {
    files: {
      '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'performance',
      '/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor': 'powersave',
    },
    found: /^powersave$/,
    advice: /performance/,
  },
  'local ports': {
    files: { '/proc/sys/net/ipv4/ip_local_port_range': '60000\t60999' },
    found: /^1000$/,
    advice: /ip_local_port_range/,
  },
  'listen backlog': { files: { '/proc/sys/net/core/somaxconn': '128' }, found: /128/, advice: /somaxconn/ },
}

for (const [name, { files, found, advice }] of Object.entries(PROBLEMS)) {
  test(`the doctor warns of ${name} that would spoil a run and says what to do`, async (t) => {
    const check = (await checksOf(t, files)).get(name)
    assert.equal(check?.status, 'warn')
    assert.match(check.found, found)
    assert.match(check.advice ?? '', advice)
  })
}

const HEALTHY: Readonly<Record<string, Record<string, string>>> = {
  'open files': { '/proc/self/limits': 'Max open files            1048576              1048576              files' },
  'CPU governor': { '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'performance' },
  'local ports': { '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999' },
  'listen backlog': { '/proc/sys/net/core/somaxconn': '4096' },
  steal: { '/proc/stat': 'cpu  100 10 50 800 5 1 4 0 0 0' },
  'process accounts': {
    [`/proc/${process.pid}/stat`]: `${process.pid} (node) S 1 1 1 0 -1 0 0 0 0 0 1 0 0 0 20 0 1 0 100 1000 2000`,
    [`/proc/${process.pid}/task/${process.pid}/schedstat`]: '1 2 3',
    [`/proc/${process.pid}/smaps_rollup`]: 'Rss: 2 kB\nPss: 1 kB',
  },
}

for (const [name, files] of Object.entries(HEALTHY)) {
  test(`the doctor has nothing to advise on ${name} in a good state`, async (t) => {
    const check = (await checksOf(t, files)).get(name)
    assert.deepEqual([check?.status, check?.advice], ['ok', null])
  })
}

test('the doctor warns of other load, and names the process that uses most', async (t) => {
  const stat = (ticks: number): string =>
    `20 (tsc --watch) S 1 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 100 1000 2000`
  const files = { '/proc/self/status': 'Cpus_allowed_list:\t0', '/proc/stat': 'cpu0 0 0 0 0', '/proc/20/stat': stat(0) }
  const root = fixtureRoot(t, files)
  const checks = runDoctorChecks(detectHost({ root }), { root, watchMs: 1 })
  changeFiles(root, { '/proc/stat': 'cpu0 5000 0 0 0', '/proc/20/stat': stat(5_000) })
  const check = (await checks).find(({ name }) => name === 'other load')
  assert.equal(check?.status, 'warn')
  assert.match(check.found, /CPUs used by other processes, load average .*; tsc --watch \(pid 20\) uses/)
})

test('the doctor names the quota and how often it was used up', async (t) => {
  const checks = await checksOf(t, {
    '/proc/self/mountinfo': MOUNTS.v2,
    '/proc/self/cgroup': '0::/app',
    '/proc/self/status': 'Cpus_allowed_list:\t0-3',
    '/sys/fs/cgroup/app/cpu.max': '50000 100000',
    '/sys/fs/cgroup/app/cpu.stat': 'nr_throttled 12',
  })
  assert.match(checks.get('CPU quota')?.found ?? '', /^0\.5 CPUs \(\/sys\/fs\/cgroup\/app\/cpu\.max\).* 12 periods/)
})

test('what the system does not tell is unknown, not good', async (t) => {
  const checks = await checksOf(t, {})
  for (const name of [
    'open files',
    'CPU governor',
    'local ports',
    'listen backlog',
    'steal',
    'other load',
    'process accounts',
  ]) {
    assert.equal(checks.get(name)?.status, 'unknown', name)
  }
})

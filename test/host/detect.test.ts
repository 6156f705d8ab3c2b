import assert from 'node:assert/strict'
import { test } from 'node:test'

import { detectHost } from '../../src/host/detect.ts'
import { fixtureRoot, MOUNTS } from './fixture-root.ts'

const MACHINE = {
  '/sys/devices/system/cpu/online': '0-3',
  '/proc/self/status': 'Cpus_allowed_list:\t0-3',
  '/proc/cpuinfo': 'model name\t: AMD EPYC 9R14\nflags\t\t: fpu hypervisor lahf_lm',
  '/proc/meminfo': 'MemTotal:        8388608 kB',
  '/proc/self/mountinfo': MOUNTS.v2,
  '/proc/self/cgroup': '0::/app',
}

test('the host facts join CPUs, memory and the running Node', (t) => {
  const root = fixtureRoot(t, { ...MACHINE, '/sys/class/dmi/id/product_name': 'c7a.xlarge' })
  const host = detectHost({ root, cpusOverride: 3 })
  assert.equal(host.nodeVersion, process.version)
  assert.equal(host.virtualization, 'c7a.xlarge')
  assert.deepEqual([host.cpus.effective, host.cpus.source], [3, 'override'])
  assert.deepEqual([host.memory.limitBytes, host.memory.source], [8 * 2 ** 30, 'machine'])
})

test('a machine without a hypervisor is not virtual, whatever its product is called', (t) => {
  const root = fixtureRoot(t, {
    ...MACHINE,
    '/proc/cpuinfo': 'flags\t\t: fpu lahf_lm',
    '/sys/class/dmi/id/product_name': 'PowerEdge R650',
  })
  assert.equal(detectHost({ root }).virtualization, null)
})

test('the fingerprint survives a reboot that moves the total memory by a few MiB', (t) => {
  const before = detectHost({ root: fixtureRoot(t, MACHINE) })
  const after = detectHost({
    root: fixtureRoot(t, { ...MACHINE, '/proc/meminfo': 'MemTotal:        8384512 kB' }),
  })
  assert.equal(after.fingerprint, before.fingerprint)
})

const CHANGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'another CPU model': { '/proc/cpuinfo': 'model name\t: AMD EPYC 7763\nflags\t\t: fpu hypervisor lahf_lm' },
  'another number of CPUs': { '/sys/devices/system/cpu/online': '0-7' },
  'fewer allowed CPUs': { '/proc/self/status': 'Cpus_allowed_list:\t0-1' },
  'a CPU quota': { '/sys/fs/cgroup/app/cpu.max': '200000 100000' },
  'a memory limit': { '/sys/fs/cgroup/app/memory.max': '4294967296' },
}

for (const [change, files] of Object.entries(CHANGES)) {
  test(`${change} changes the fingerprint`, (t) => {
    const before = detectHost({ root: fixtureRoot(t, MACHINE) })
    const after = detectHost({ root: fixtureRoot(t, { ...MACHINE, ...files }) })
    assert.notEqual(after.fingerprint, before.fingerprint)
  })
}

test('this machine has at least one usable CPU and some memory', async () => {
  const { cpus, memory } = detectHost()
  assert.ok(cpus.effective > 0 && cpus.effective <= cpus.logical)
  assert.ok(memory.limitBytes > 0 && memory.limitBytes <= memory.totalBytes)
})

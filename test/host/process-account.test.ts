import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

import { accountProcess, memoryOf, threadPoolCpuMs } from '../../src/host/process-account.ts'
import { changeFiles, fixtureRoot } from './fixture-root.ts'

/** A line of /proc/PID/stat with user and system time (fields 14 and 15) and start time (field 22); see proc_pid_stat(5). */
function statLine(pid: number, userTicks: number, systemTicks: number, startTicks = 5_000): string {
  return `${pid} (node (x) 1) S 1 1 1 0 -1 4194560 100 0 0 0 ${userTicks} ${systemTicks} 0 0 20 0 11 0 ${startTicks} 1000000 2000`
}

test('the CPU time of a process is the sum over its threads, and the run-queue delay that of the main thread', (t) => {
  const root = fixtureRoot(t, {
    '/proc/700/stat': statLine(700, 1, 1),
    '/proc/700/task/700/schedstat': '20000000 3500000 12',
    '/proc/700/task/701/schedstat': '5250000 9000000 4',
  })
  assert.deepEqual(accountProcess(700, root), { pid: 700, cpuMs: 25.25, mainRunQueueDelayMs: 3.5 })
})

test('without schedstat the ticks of the process are told, and no run-queue delay', (t) => {
  const root = fixtureRoot(t, { '/proc/700/stat': statLine(700, 120, 30) })
  assert.deepEqual(accountProcess(700, root), { pid: 700, cpuMs: 1_500, mainRunQueueDelayMs: null })
})

test('the CPU time does not go backwards when a thread ends', (t) => {
  const root = fixtureRoot(t, {
    '/proc/700/stat': statLine(700, 9, 0),
    '/proc/700/task/700/schedstat': '40000000 0 1',
    '/proc/700/task/701/schedstat': '59000000 0 1',
  })
  assert.equal(accountProcess(700, root)?.cpuMs, 99)
  rmSync(join(root, '/proc/700/task/701'), { recursive: true })
  assert.equal(accountProcess(700, root)?.cpuMs, 99)
  changeFiles(root, { '/proc/700/stat': statLine(700, 20, 0) })
  assert.equal(accountProcess(700, root)?.cpuMs, 200)
})

test('a new process under an old pid begins its own account', (t) => {
  const root = fixtureRoot(t, { '/proc/700/stat': statLine(700, 500, 0) })
  assert.equal(accountProcess(700, root)?.cpuMs, 5_000)
  changeFiles(root, { '/proc/700/stat': statLine(700, 1, 0, 9_000) })
  assert.equal(accountProcess(700, root)?.cpuMs, 10)
})

test('a process that is gone has neither account nor memory', (t) => {
  const root = fixtureRoot(t, {})
  assert.equal(accountProcess(700, root), undefined)
  assert.equal(memoryOf(700, root), undefined)
})

test('memory is told as RSS and as PSS', (t) => {
  const root = fixtureRoot(t, { '/proc/700/smaps_rollup': 'Rss:  2048 kB\nPss:  512 kB\nPss_Dirty:  100 kB' })
  assert.deepEqual(memoryOf(700, root), { rssBytes: 2_097_152, pssBytes: 524_288 })
})

test('where PSS may not be read the RSS is told alone', (t) => {
  const root = fixtureRoot(t, { '/proc/700/status': 'Name:\tnode\nVmHWM:\t  9000 kB\nVmRSS:\t  2048 kB' })
  assert.deepEqual(memoryOf(700, root), { rssBytes: 2_097_152, pssBytes: null })
})

test(
  'the account of this process agrees with what Node counts',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  () => {
    const before = process.cpuUsage()
    const cpuMs = accountProcess(process.pid)?.cpuMs ?? 0
    const after = process.cpuUsage()
    // Ticks of 10 ms, of user and of system time.
    assert.ok(cpuMs >= (before.user + before.system) / 1_000 - 20, `${cpuMs} ms`)
    assert.ok(cpuMs <= (after.user + after.system) / 1_000 + 20, `${cpuMs} ms`)
  },
)

test('the CPU time of the thread pool is that of the threads which libuv has named', (t) => {
  const root = fixtureRoot(t, {
    '/proc/700/task/700/comm': 'MainThread\n',
    '/proc/700/task/700/schedstat': '90000000 0 1',
    '/proc/700/task/701/comm': 'libuv-worker\n',
    '/proc/700/task/701/schedstat': '5250000 9000000 4',
    '/proc/700/task/702/comm': 'libuv-worker\n',
    '/proc/700/task/702/schedstat': '1000000 0 4',
    '/proc/800/task/800/comm': 'gunicorn\n',
    '/proc/800/task/800/schedstat': '5250000 9000000 4',
  })
  assert.equal(threadPoolCpuMs(700, root), 6.25)
  assert.equal(threadPoolCpuMs(800, root), undefined)
  assert.equal(threadPoolCpuMs(900, root), undefined)
})

test(
  'the thread pool of this process is seen at work',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async () => {
    await promisify(gzip)(Buffer.alloc(4_000_000, 'abc'))
    assert.ok((threadPoolCpuMs(process.pid) ?? 0) > 0)
  },
)

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'

import {
  type Neighbours,
  type NeighbourSample,
  neighboursBetween,
  sampleNeighbours,
} from '../../src/host/neighbours.ts'
import { snapshotProcesses } from '../../src/host/processes.ts'
import { changeFiles, fixtureRoot } from './fixture-root.ts'

const TARGET = 500

/** A line of /proc/PID/stat; see proc_pid_stat(5). Times in ticks of 10 ms. */
function statLine(
  pid: number,
  name: string,
  parentPid: number,
  cpuTicks: number,
  endedChildrenTicks = 0,
  startTicks = 100,
): string {
  return `${pid} (${name}) S ${parentPid} 1 1 0 -1 4194560 100 0 0 0 ${cpuTicks} 0 ${endedChildrenTicks} 0 20 0 1 0 ${startTicks} 1000 2000`
}

/** A sample of a machine with these processes, one second after `second` − 1. */
function sampleOf(
  t: Parameters<typeof fixtureRoot>[0],
  second: number,
  stat: string,
  processes: Readonly<Record<number, string>>,
  cpus: readonly number[] = [0, 1],
): NeighbourSample {
  const root = fixtureRoot(t, {
    '/proc/stat': stat,
    ...Object.fromEntries(Object.entries(processes).map(([pid, line]) => [`/proc/${pid}/stat`, line])),
  })
  const sample = sampleNeighbours(() => [TARGET], { cpus, root })
  assert.ok(sample !== null)
  return { ...sample, atMs: second * 1_000 }
}

test('neighbours are the busy time of the watched CPUs less our own, and the busiest is named', (t) => {
  const before = sampleOf(t, 0, 'cpu0 1000 5 200 900 0 1 2 3\ncpu1 0 0 0 0 0 0 0 0\ncpu2 0 0 0 0', {
    [TARGET]: statLine(TARGET, 'node', 1, 100),
    501: statLine(501, 'worker of the target', TARGET, 50),
    20: statLine(20, 'tsc --watch', 1, 10),
    30: statLine(30, 'cron', 1, 10),
  })
  // CPU 0: 60 user, 5 nice, 15 system; interrupts and steal do not count. CPU 1: 20. CPU 2 is not watched.
  const after1s = sampleOf(t, 1, 'cpu0 1060 10 215 900 0 9 9 9\ncpu1 20 0 0 0 0 0 0 0\ncpu2 99 0 0 0', {
    [TARGET]: statLine(TARGET, 'node', 1, 120),
    501: statLine(501, 'worker of the target', TARGET, 80),
    20: statLine(20, 'tsc --watch', 1, 50),
    30: statLine(30, 'cron', 1, 13),
  })
  // 100 ticks of 10 ms were busy, 50 of them ours, in one second.
  assert.deepEqual(neighboursBetween(before, after1s), {
    cpus: 0.5,
    ofCpus: 2,
    busiest: { name: 'tsc --watch', pid: 20, cpus: 0.4 },
  })
})

test('a process of ours that ended meanwhile is still ours: its parent has its time', (t) => {
  const before = sampleOf(t, 0, 'cpu0 0 0 0 0', {
    [TARGET]: statLine(TARGET, 'node', 1, 100),
    501: statLine(501, 'worker', TARGET, 400),
  })
  const after1s = sampleOf(t, 1, 'cpu0 70 0 0 0', { [TARGET]: statLine(TARGET, 'node', 1, 110, 460) })
  assert.deepEqual(neighboursBetween(before, after1s), { cpus: 0, ofCpus: 1, busiest: null })
})

test('of a family that ended meanwhile, what it had used before is not held against the ancestor that is left', (t) => {
  const before = sampleOf(t, 0, 'cpu0 0 0 0 0', {
    [TARGET]: statLine(TARGET, 'node', 1, 0),
    60: statLine(60, 'bash', 1, 2),
    61: statLine(61, 'npm', 60, 300),
    62: statLine(62, 'tsc', 61, 5_000),
  })
  const after1s = sampleOf(t, 1, 'cpu0 25 0 0 0', {
    [TARGET]: statLine(TARGET, 'node', 1, 0),
    60: statLine(60, 'bash', 1, 2, 5_325),
  })
  assert.deepEqual(neighboursBetween(before, after1s)?.busiest, { name: 'bash', pid: 60, cpus: 0.25 })
})

test('a process that began meanwhile counts with all it used, also under a pid that was there before', (t) => {
  const before = sampleOf(t, 0, 'cpu0 0 0 0 0', {
    [TARGET]: statLine(TARGET, 'node', 1, 0),
    40: statLine(40, 'old', 1, 5_000, 0, 100),
  })
  const after1s = sampleOf(t, 1, 'cpu0 40 0 0 0', {
    [TARGET]: statLine(TARGET, 'node', 1, 10),
    40: statLine(40, 'cc1', 1, 30, 0, 900),
  })
  assert.deepEqual(neighboursBetween(before, after1s), {
    cpus: 0.3,
    ofCpus: 1,
    busiest: { name: 'cc1', pid: 40, cpus: 0.3 },
  })
})

test('a process that Node runs is named after its program', (t) => {
  const stat = (ticks: number) => ({
    [TARGET]: statLine(TARGET, 'node', 1, 0),
    20: statLine(20, 'MainThread', 1, ticks),
  })
  const before = sampleOf(t, 0, 'cpu0 0 0 0 0', stat(0))
  const after1s = sampleOf(t, 1, 'cpu0 40 0 0 0', stat(40))
  changeFiles(after1s.root, { '/proc/20/cmdline': '/opt/tools/no-such-tool\0--watch' })
  assert.equal(neighboursBetween(before, after1s)?.busiest?.name, 'no-such-tool')
})

test('neighbours that cannot be seen count, without a name', (t) => {
  const before = sampleOf(t, 0, 'cpu0 0 0 0 0', { [TARGET]: statLine(TARGET, 'node', 1, 0) })
  const after1s = sampleOf(t, 1, 'cpu0 90 0 0 0', { [TARGET]: statLine(TARGET, 'node', 1, 20) })
  assert.deepEqual(neighboursBetween(before, after1s), { cpus: 0.7, ofCpus: 1, busiest: null })
})

test('a target that cannot be seen, or a system that does not tell, leaves the neighbours unknown', (t) => {
  const root = fixtureRoot(t, { '/proc/stat': 'cpu0 1 2 3 4', '/proc/500/stat': statLine(TARGET, 'node', 1, 0) })
  const seen = sampleNeighbours(() => [TARGET], { root })
  assert.notEqual(seen, null)
  assert.equal(
    sampleNeighbours(() => [], { root }),
    null,
  )
  assert.equal(
    sampleNeighbours(() => [TARGET], { root: fixtureRoot(t, {}) }),
    null,
  )
  assert.equal(neighboursBetween(null, seen), null)
  assert.equal(neighboursBetween(seen, null), null)
})

test('a node that is not ours and spins is found on this machine, and is ours once its pid is given', async (t) => {
  if (sampleNeighbours(() => [process.pid]) === null) {
    t.skip('this system does not tell what processes use')
    return
  }
  // Its parent ends at once, so that it does not descend from us.
  const script = '"$0" -e "for (const end = Date.now() + 20000; Date.now() < end; );" > /dev/null & echo $!'
  const launcher = spawn('sh', ['-c', script, process.execPath], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = (await once(launcher.stdout, 'data')) as [Buffer]
  const hogPid = Number(String(line))
  t.after(() => process.kill(hogPid, 'SIGKILL'))
  await once(launcher, 'close')
  const processes = snapshotProcesses('/')
  // What else runs here is declared ours, so that the hog is the only neighbour; its parent by adoption would include it.
  const ourPids = [...processes.keys()].filter((pid) => pid !== hogPid && pid !== processes.get(hogPid)?.parentPid)
  const busiestOf = async (): Promise<Neighbours['busiest']> => {
    const before = sampleNeighbours(() => ourPids)
    await after(600)
    return (
      neighboursBetween(
        before,
        sampleNeighbours(() => ourPids),
      )?.busiest ?? null
    )
  }
  const foreign = await busiestOf()
  assert.deepEqual([foreign?.pid, foreign?.name], [hogPid, 'node'])
  ourPids.push(hogPid)
  assert.notEqual((await busiestOf())?.pid, hogPid)
})

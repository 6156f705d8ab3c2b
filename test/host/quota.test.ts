import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { TargetError, UsageError } from '../../src/core/errors.ts'
import { cgroupDirectories } from '../../src/host/cgroup.ts'
import { type CpuQuota, createCpuQuota } from '../../src/host/quota.ts'
import { fixtureRoot, MOUNTS } from './fixture-root.ts'

/** A quota in the real hierarchy; undefined, with a visible line, where that is not allowed. */
function realQuota(t: TestContext, cpus: number): CpuQuota | undefined {
  try {
    const quota = createCpuQuota(cpus)
    t.after(() => quota.remove())
    return quota
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    t.skip(error.message)
    return undefined
  }
}

/** Directories that a quota of this process may be in. */
function realGroups(name: string): readonly string[] {
  return cgroupDirectories('/', 'cpu').map(({ path }) => join(path, name))
}

const BOUNDED = { timeout: 30_000 }

/** Starts a child, once it is told to, that uses 300 ms of CPU time; both end then. */
const STARTER = `
  process.once('message', () => {
    const spin = 'for (let used = 0; used < 300_000; ) { const { user, system } = process.cpuUsage(); used = user + system }'
    require('node:child_process').spawn(process.execPath, ['-e', spin]).once('exit', () => process.exit())
  })
  process.send('up')`

test(
  'a process under a quota and the child that it starts later stand still when they have used it up',
  BOUNDED,
  async (t) => {
    const quota = realQuota(t, 0.5)
    if (quota === undefined) return
    assert.equal(quota.throttledMs(), 0)
    const child = spawn(process.execPath, ['-e', STARTER], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    t.after(() => child.kill('SIGKILL'))
    await once(child, 'message')
    quota.add(child.pid ?? 0)
    const startMs = performance.now()
    child.send('go')
    await once(child, 'exit')
    const tookMs = performance.now() - startMs
    // 300 ms of CPU time at 50 ms per period of 100 ms take 6 periods, the first and the last of them not whole. On a busy
    // machine they take longer without being held up.
    assert.ok(tookMs > 450, `took ${tookMs} ms`)
    await quota.remove()
    assert.deepEqual(realGroups(`tune-${process.pid}`).filter(existsSync), [])
  },
)

test('what a process that is gone has left behind is removed at the next start', (t) => {
  const gone = realGroups('tune-4194305') // one above the highest pid that Linux gives
  const quota = realQuota(t, 1)
  if (quota === undefined) return
  const [leaf] = gone
  assert.ok(leaf !== undefined)
  mkdirSync(leaf)
  createCpuQuota(1)
  assert.equal(existsSync(leaf), false)
})

test('a process that is gone cannot be put under a quota', (t) => {
  const quota = realQuota(t, 1)
  if (quota === undefined) return
  assert.throws(() => quota.add(4_194_305), TargetError)
})

test('a quota that the kernel does not take is a target error, and its group is not left behind', (t) => {
  const group = `/sys/fs/cgroup/tune-${process.pid}`
  const root = fixtureRoot(t, {
    '/proc/self/mountinfo': MOUNTS.v2,
    '/proc/self/cgroup': '0::/',
    [`${group}/cpu.max/not-a-file`]: '', // cannot be written
  })
  assert.throws(
    () => createCpuQuota(1, root),
    (error) => error instanceof TargetError && /EISDIR/.test(error.message),
  )
  // As many microseconds as no kernel counts: EINVAL where a quota may be given, a refusal elsewhere.
  assert.throws(() => createCpuQuota(1e12), TargetError)
  assert.deepEqual(realGroups(`tune-${process.pid}`).filter(existsSync), [])
})

test('in v2 the quota and the period are one line of cpu.max, below the nearest group that can give CPU time', (t) => {
  const group = `/sys/fs/cgroup/user.slice/tune-${process.pid}`
  const root = fixtureRoot(t, {
    '/proc/self/mountinfo': MOUNTS.v2,
    '/proc/self/cgroup': '0::/user.slice/session.scope',
    '/sys/fs/cgroup/user.slice/session.scope/cgroup.procs': '1',
    // A real kernel makes this file; its absence below the session stands for a group that has no controller to give.
    [`${group}/cpu.max`]: 'max 100000',
  })
  createCpuQuota(1.5, root)
  assert.equal(readFileSync(join(root, group, 'cpu.max'), 'utf8'), '150000 100000')
  assert.equal(existsSync(join(root, `/sys/fs/cgroup/user.slice/session.scope/tune-${process.pid}`)), false)
})

test('where no control group can be created, the error says why and what to do instead', (t) => {
  const noController = fixtureRoot(t, {
    '/proc/self/mountinfo': MOUNTS.v2,
    '/proc/self/cgroup': '0::/app',
    '/sys/fs/cgroup/app/cgroup.procs': '1',
  })
  const refusal = (because: RegExp) => (error: unknown) =>
    error instanceof TargetError && because.test(error.message) && /--placement split/.test(error.hint ?? '')
  assert.throws(() => createCpuQuota(1, noController), refusal(/\/sys\/fs\/cgroup\/app has no cpu controller/))
  assert.throws(() => createCpuQuota(1, fixtureRoot(t, {})), refusal(/no control groups are mounted/))
})

test('a quota of less than a hundredth of a CPU is refused', () => {
  for (const cpus of [0, -1, 0.009, Number.NaN]) assert.throws(() => createCpuQuota(cpus), UsageError)
})

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { cgroupDirectories } from '../../src/host/cgroup.ts'

/** Uses its CPU for longer than the quota of several periods allows, then tells what it found. */
const CHILD_SCRIPT = `
  import { detectCpus } from '${new URL('../../src/host/cpu.ts', import.meta.url).href}'
  import { sampleInterference } from '${new URL('../../src/host/interference.ts', import.meta.url).href}'
  while (process.cpuUsage().user < 250_000);
  console.log(JSON.stringify({ cpus: detectCpus('/'), throttledCount: sampleInterference().throttledCount }))`

const QUOTA_FILES = {
  v1: { 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '50000' },
  v2: { 'cpu.max': '50000 100000' },
} as const

/** A new cgroup below our own with a quota of half a CPU; undefined where that is not allowed. */
function createCgroup(): { readonly path: string; readonly version: 'v1' | 'v2' } | undefined {
  for (const { version, path: parent } of cgroupDirectories('/', 'cpu')) {
    const path = join(parent, `tune-test-${process.pid}`)
    try {
      accessSync(parent, constants.W_OK)
      mkdirSync(path)
    } catch {
      continue
    }
    if (Object.keys(QUOTA_FILES[version]).every((file) => existsSync(join(path, file)))) return { path, version }
    rmdirSync(path)
  }
  return undefined
}

test(
  'a process in a real cgroup with a quota of half a CPU detects it and its throttling',
  { timeout: 30_000 },
  (t) => {
    const cgroup = createCgroup()
    if (cgroup === undefined) {
      t.skip('no cgroup with a CPU quota can be created here')
      return
    }
    t.after(() => rmdirSync(cgroup.path))
    for (const [file, value] of Object.entries(QUOTA_FILES[cgroup.version]))
      writeFileSync(join(cgroup.path, file), value)
    const { stdout, stderr } = spawnSync(
      'sh',
      [
        '-c',
        'echo $$ > "$1/cgroup.procs" && exec "$2" --input-type=module -e "$3"',
        'sh',
        cgroup.path,
        process.execPath,
        CHILD_SCRIPT,
      ],
      { encoding: 'utf8', timeout: 20_000 },
    )
    assert.equal(stderr, '')
    const found = JSON.parse(stdout)
    assert.equal(found.cpus.quota, 0.5)
    assert.equal(found.cpus.effective, 0.5)
    assert.equal(found.cpus.source, `cgroup-${cgroup.version}`)
    assert.ok(found.throttledCount > 0)
  },
)

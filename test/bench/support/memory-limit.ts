import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

import { cgroupDirectories } from '../../../src/host/cgroup.ts'

const LIMIT_FILE = { v1: 'memory.limit_in_bytes', v2: 'memory.max' } as const
/** Its processes need a moment to be gone. */
const REMOVAL_ATTEMPTS = 50
const REMOVAL_STEP_MS = 20

/**
 * Does something while this process is in a control group with so much memory; what it starts meanwhile is born there. The
 * kernel kills who wants more.
 *
 * @throws when no such group can be made: it takes root, or a delegated memory controller
 */
export async function underMemoryLimit<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
  const group = createGroup(bytes)
  move(group.path)
  try {
    return await work()
  } finally {
    move(group.home)
    await remove(group.path)
  }
}

/** The nearest place where one can be made: below a group of version 2 with processes of its own it cannot. */
function createGroup(bytes: number): { readonly path: string; readonly home: string } {
  const directories = cgroupDirectories('/', 'memory')
  for (const { version, path: parent } of directories) {
    const path = join(parent, `tune-bench-${process.pid}`)
    mkdirSync(path, { recursive: true })
    const home = directories.find((directory) => directory.version === version)?.path
    if (home !== undefined && existsSync(join(path, LIMIT_FILE[version]))) {
      writeFileSync(join(path, LIMIT_FILE[version]), String(bytes))
      return { path, home }
    }
    rmdirSync(path)
  }
  throw new Error('no control group with a memory limit can be made here')
}

function move(path: string): void {
  writeFileSync(join(path, 'cgroup.procs'), String(process.pid))
}

async function remove(path: string): Promise<void> {
  for (let attempt = 0; attempt < REMOVAL_ATTEMPTS; attempt++) {
    try {
      return rmdirSync(path)
    } catch {
      await after(REMOVAL_STEP_MS)
    }
  }
}

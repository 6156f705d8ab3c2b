import { posix } from 'node:path'

import { readSystemFile } from './system-files.ts'

/** A directory of a cgroup hierarchy that this process is accounted to. */
export interface CgroupDirectory {
  readonly version: 'v1' | 'v2'
  /** Absolute, as seen by this process. */
  readonly path: string
}

/** A controller whose limits matter here. */
export type CgroupController = 'cpu' | 'memory'

interface Mount {
  readonly version: CgroupDirectory['version']
  /** The directory of the hierarchy that is mounted. */
  readonly root: string
  readonly mountPoint: string
  /** v1: the controllers of the hierarchy. */
  readonly controllers: readonly string[]
}

/**
 * Where the limits of a controller may be found: the cgroup of this process and all its visible ancestors, leaf first.
 *
 * A controller lives in one hierarchy only, but which one shows in its files alone (hybrid set-ups mount both versions),
 * so the directories of both are returned; files that are not there mean no limit.
 */
export function cgroupDirectories(root: string, controller: CgroupController): readonly CgroupDirectory[] {
  const mounts = parseMounts(readSystemFile(root, '/proc/self/mountinfo') ?? '')
  const memberships = (readSystemFile(root, '/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'))
  return memberships.flatMap(([id, controllers = '', ...path]) => {
    const version = id === '0' && controllers === '' ? 'v2' : 'v1'
    if (version === 'v1' && !controllers.split(',').includes(controller)) return []
    const candidates = mounts.filter(
      (mount) => mount.version === version && (version === 'v2' || mount.controllers.includes(controller)),
    )
    return visiblePaths(candidates, path.join(':')).map((directory) => ({ version, path: directory }))
  })
}

/** Paths contain colons and escaped spaces, so both files are split by position, not by meaning. See proc_pid_mountinfo(5). */
function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , mountRoot, mountPoint] = before.split(' ').map(unescapeOctal)
    const [type, , options = ''] = after.split(' ')
    if (mountRoot === undefined || mountPoint === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return []
    return [{ version: type === 'cgroup2' ? 'v2' : 'v1', root: mountRoot, mountPoint, controllers: options.split(',') }]
  })
}

/** From the cgroup up to the mount point; the mount point alone when the cgroup lies outside what is mounted. */
function visiblePaths(mounts: readonly Mount[], cgroup: string): readonly string[] {
  const containing = mounts
    .filter((mount) => contains(mount.root, cgroup))
    // The mount with the shortest root shows the most ancestors.
    .toSorted((a, b) => a.root.length - b.root.length)[0]
  if (containing === undefined) return mounts.slice(0, 1).map((mount) => mount.mountPoint)
  const steps = posix.relative(containing.root, cgroup).split('/').filter(Boolean)
  return Array.from({ length: steps.length + 1 }, (_, up) =>
    posix.join(containing.mountPoint, ...steps.slice(0, steps.length - up)),
  )
}

/** In a cgroup namespace either path may begin with `/..`, which lies above what this process can name. */
function contains(mountRoot: string, cgroup: string): boolean {
  if (mountRoot.startsWith('/..') || cgroup.startsWith('/..')) return false
  return mountRoot === '/' || cgroup === mountRoot || cgroup.startsWith(`${mountRoot}/`)
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 8)))
}

import { totalmem } from 'node:os'

import type { MemoryFacts } from '../core/host-facts.ts'
import { cgroupDirectories } from './cgroup.ts'
import { readSystemFile } from './system-files.ts'

const LIMIT_FILES = { v1: ['memory.limit_in_bytes'], v2: ['memory.max', 'memory.high'] } as const

type Limit = Pick<MemoryFacts, 'limitBytes' | 'source' | 'origin'>

/**
 * The memory that this process may use: the tightest of the machine's and every cgroup limit from leaf to root.
 *
 * "No limit" comes as `max` in v2 and as a number near 2^63 in v1; both lie above the machine's memory and so never count.
 */
export function detectMemory(root: string): MemoryFacts {
  const totalKib = /^MemTotal:\s*(\d+) kB/m.exec(readSystemFile(root, '/proc/meminfo') ?? '')?.[1]
  const totalBytes = totalKib === undefined ? totalmem() : Number(totalKib) * 1_024
  const limits: readonly Limit[] = [
    { limitBytes: totalBytes, source: 'machine', origin: '/proc/meminfo' },
    ...cgroupLimits(root),
  ]
  return { totalBytes, ...limits.reduce((best, limit) => (limit.limitBytes < best.limitBytes ? limit : best)) }
}

function cgroupLimits(root: string): readonly Limit[] {
  return cgroupDirectories(root, 'memory').flatMap(({ version, path }) =>
    LIMIT_FILES[version].flatMap((file): Limit[] => {
      const origin = `${path}/${file}`
      const limitBytes = Number(readSystemFile(root, origin))
      return limitBytes > 0 ? [{ limitBytes, source: `cgroup-${version}`, origin }] : []
    }),
  )
}

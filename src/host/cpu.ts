import { cpus } from 'node:os'

import type { CpuFacts } from '../core/host-facts.ts'
import { cgroupDirectories } from './cgroup.ts'
import { parseCpuList } from './cpu-list.ts'
import { readSystemFile } from './system-files.ts'

type Bound = Pick<CpuFacts, 'effective' | 'source' | 'origin'>

/**
 * The CPUs that this process may use: the tightest of affinity, every cgroup quota from leaf to root, and the override.
 * Node's own count ignores v1 quotas, picks the wrong ancestor in v2 and rounds.
 *
 * @param override the `--cpus` flag, in CPUs, above 0; it can only lower what was found
 */
export function detectCpus(root: string, override?: number): CpuFacts {
  const logical = parseCpuList(readSystemFile(root, '/sys/devices/system/cpu/online') ?? '').length || cpus().length
  const affinity = readAffinity(root)
  const quota = tightestQuota(root)
  const bounds: readonly Bound[] = [
    { effective: logical, source: 'machine', origin: '/sys/devices/system/cpu/online' },
    ...(affinity.length === 0
      ? []
      : [{ effective: affinity.length, source: 'affinity', origin: '/proc/self/status' } as const]),
    ...(quota === undefined ? [] : [quota]),
    ...(override === undefined ? [] : [{ effective: override, source: 'override', origin: '--cpus' } as const]),
  ]
  const tightest = bounds.reduce((best, bound) => (bound.effective < best.effective ? bound : best))
  return { logical, affinity, quota: quota?.effective ?? null, ...tightest, model: cpuModel(root) }
}

/** The CPUs that this process may run on (cpuset and taskset), ascending; empty where the system does not tell. */
export function readAffinity(root: string): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readSystemFile(root, '/proc/self/status') ?? '')?.[1]
  return parseCpuList(list ?? '')
}

function tightestQuota(root: string): Bound | undefined {
  return cgroupDirectories(root, 'cpu')
    .flatMap(({ version, path }): Bound[] => {
      const origin = `${path}/${version === 'v2' ? 'cpu.max' : 'cpu.cfs_quota_us'}`
      const [quotaUs, periodUs] =
        version === 'v2'
          ? (readSystemFile(root, origin) ?? '').split(' ').map(Number)
          : [Number(readSystemFile(root, origin)), Number(readSystemFile(root, `${path}/cpu.cfs_period_us`))]
      // `max`, -1 and a missing file all fail this comparison.
      if (!(Number(quotaUs) > 0 && Number(periodUs) > 0)) return []
      return [{ effective: Number(quotaUs) / Number(periodUs), source: `cgroup-${version}`, origin }]
    })
    .toSorted((a, b) => a.effective - b.effective)[0]
}

function cpuModel(root: string): string {
  const named = /^model name\s*:\s*(.+)$/m.exec(readSystemFile(root, '/proc/cpuinfo') ?? '')?.[1]
  return named ?? cpus()[0]?.model ?? 'unknown'
}

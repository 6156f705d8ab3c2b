/** What limits the CPUs that this process may use. */
export type CpuSource = 'machine' | 'affinity' | 'cgroup-v1' | 'cgroup-v2' | 'override'
/** What limits the memory that this process may use. */
export type MemorySource = 'machine' | 'cgroup-v1' | 'cgroup-v2'

/** CPUs, kept fractional: only worker counts are ever rounded. */
export interface CpuFacts {
  /** CPUs of the machine that are online. */
  readonly logical: number
  /** Numbers of the CPUs this process may run on, ascending; empty where the system does not tell. */
  readonly affinity: readonly number[]
  /** The tightest CPU quota from the process's cgroup up to the root, in CPUs; null when there is none. */
  readonly quota: number | null
  /** min(affinity, quota, override), above 0. */
  readonly effective: number
  readonly source: CpuSource
  /** The file or flag that set `effective`. */
  readonly origin: string
  readonly model: string
}

export interface MemoryFacts {
  readonly totalBytes: number
  /** The tightest memory limit, never above `totalBytes`. */
  readonly limitBytes: number
  readonly source: MemorySource
  /** The file that set `limitBytes`. */
  readonly origin: string
}

/** The machine as far as measurements depend on it. */
export interface HostFacts {
  readonly platform: string
  readonly kernel: string
  readonly nodeVersion: string
  readonly virtualization: string | null
  readonly cpus: CpuFacts
  readonly memory: MemoryFacts
  /** Same digest = results may be compared: CPU model and count, quota, memory limit, kernel major.minor, Node major. */
  readonly fingerprint: string
}

/** Which CPUs each side runs on; empty lists mean "not pinned". */
export interface Placement {
  readonly mode: 'split' | 'shared' | 'quota'
  readonly targetCpus: readonly number[]
  readonly generatorCpus: readonly number[]
  /** CPUs that the target can use; fractional under a quota. */
  readonly targetEffectiveCpus: number
  /** The generator has a CPU that neither target nor simulators use, so its pacer may spin. */
  readonly generatorMaySpin: boolean
  /** One sentence for the user: what was done and why. */
  readonly explanation: string
}

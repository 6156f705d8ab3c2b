import { createHash } from 'node:crypto'
import { release } from 'node:os'

import { BYTES_PER_MEBIBYTE } from '../core/units.ts'
import type { CpuFacts, HostFacts, MemoryFacts } from '../core/host-facts.ts'
import { detectCpus } from './cpu.ts'
import { detectMemory } from './memory.ts'
import { readSystemFile } from './system-files.ts'

/** Where to look, and what the user knows better. */
export interface DetectOptions {
  /** Of the file system; `/` outside tests. */
  readonly root?: string
  /** CPUs, above 0; they can only lower what was found. */
  readonly cpusOverride?: number
}

/** The facts of this machine that measurements depend on. Reads a few files only; takes about a millisecond. */
export function detectHost(options: DetectOptions = {}): HostFacts {
  const root = options.root ?? '/'
  const cpus = detectCpus(root, options.cpusOverride)
  const memory = detectMemory(root)
  const kernel = release()
  return {
    platform: process.platform,
    kernel,
    nodeVersion: process.version,
    virtualization: virtualizationOf(root),
    cpus,
    memory,
    fingerprint: fingerprintOf(cpus, memory, kernel),
  }
}

/** The product name of the virtual machine where its firmware tells it; null on bare metal and where nothing tells. */
function virtualizationOf(root: string): string | null {
  if (!/^flags\s*:.*\bhypervisor\b/m.test(readSystemFile(root, '/proc/cpuinfo') ?? '')) return null
  return readSystemFile(root, '/sys/class/dmi/id/product_name') || 'virtual machine'
}

function fingerprintOf(cpus: CpuFacts, memory: MemoryFacts, kernel: string): string {
  const facts = [
    process.platform,
    process.arch,
    cpus.model,
    cpus.logical,
    cpus.affinity.length,
    cpus.quota,
    // The total moves by some MiB with each boot and kernel; a limit is exact.
    memory.source === 'machine' ? Math.round(memory.limitBytes / (64 * BYTES_PER_MEBIBYTE)) : memory.limitBytes,
    kernel.split('.').slice(0, 2).join('.'),
    process.versions.node.split('.')[0],
  ]
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12)
}

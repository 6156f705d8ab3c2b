import { setTimeout as after } from 'node:timers/promises'

import type { Milliseconds } from '../core/clock.ts'

/** systeminformation may start other programs; a hanging one must not hold up the user. */
const PATIENCE_MS: Milliseconds = 2_000

/** How the machine is built, in names and counts; nothing is computed from it. */
export interface Topology {
  readonly brand: string
  readonly sockets: number
  readonly physicalCores: number
  readonly logicalCores: number
  /** The hypervisor or container engine; null on bare metal. */
  readonly virtualization: string | null
}

/**
 * Describes the machine. Takes 150 ms and more, most of it to load the package; a benchmark uses `detectHost` instead.
 *
 * @returns null when the system does not answer within 2 s
 */
export async function describeTopology(): Promise<Topology | null> {
  const { default: systeminformation } = await import('systeminformation')
  const facts = await Promise.race([
    Promise.all([systeminformation.cpu(), systeminformation.system()]),
    after(PATIENCE_MS, null, { ref: false }),
  ])
  if (facts === null) return null
  const [cpu, system] = facts
  return {
    brand: `${cpu.manufacturer} ${cpu.brand}`.trim(),
    sockets: cpu.processors,
    physicalCores: cpu.physicalCores,
    logicalCores: cpu.cores,
    virtualization: system.virtual ? system.virtualHost || system.model : null,
  }
}

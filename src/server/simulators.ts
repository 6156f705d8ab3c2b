import type { ChildProcess } from 'node:child_process'

import type { Milliseconds } from '../core/clock.ts'
import { TargetError } from '../core/errors.ts'
import { SIMULATED_UPSTREAMS } from '../core/simulated-upstreams.ts'
import { forkPinned, stopProcess } from '../host/pinned-process.ts'
import type { PinnedProcess } from '../host/pinned-process.ts'
import { entryUrl } from '../host/process-entry.ts'
import { childMessage } from './child-message.ts'
import type { SimulatorCommand, SimulatorMessage, UpstreamFault } from './messages.ts'
import type { UpstreamAddress } from './options/upstream.ts'

/** The simulated upstreams of one server, together in one process. */
export interface Simulators {
  /** In order of preference. */
  readonly addresses: readonly UpstreamAddress[]
  /** @throws {TargetError} when there is no simulator of that name */
  readonly setFault: (name: string, fault: UpstreamFault) => Promise<void>
  readonly stop: () => Promise<void>
}

const PROCESS_NAME = 'the process of the simulated upstreams'
/** A fast hosted model; enough spread that percentiles differ. */
const MEDIAN_MS: Milliseconds = 20
const SIGMA = 0.4
/** More than two workers with full pools can ask for. */
const CONCURRENCY = 256
const START_TIMEOUT_MS: Milliseconds = 10_000
const FAULT_TIMEOUT_MS: Milliseconds = 10_000
const STOP_GRACE_MS: Milliseconds = 500

/** @throws {TargetError} when they do not start; nothing is left running then */
export async function startSimulators(start: {
  readonly cpus: readonly number[]
  readonly seed: number
}): Promise<Simulators> {
  const simulator = forkPinned(entryUrl(import.meta.url, 'upstream-simulator'), { cpus: start.cpus, execArgv: [] })
  const stop = (): Promise<void> => stopProcess(simulator.child, { graceMs: STOP_GRACE_MS })
  try {
    const ports = await portsOf(simulator, start.seed)
    const addresses = SIMULATED_UPSTREAMS.map((name, index) => ({ name, url: `http://127.0.0.1:${ports[index]}` }))
    return { addresses, stop, setFault: (name, fault) => setFault(simulator.child, name, fault) }
  } catch (error) {
    await stop()
    throw error
  }
}

function portsOf({ child, output }: PinnedProcess, seed: number): Promise<readonly number[]> {
  const ports = childMessage(child, {
    name: PROCESS_NAME,
    timeoutMs: START_TIMEOUT_MS,
    output,
    match: (message) => {
      const told = message as SimulatorMessage // our own process entry sends nothing else
      return told.type === 'listening' ? told.ports : undefined
    },
  })
  const shared = { medianMs: MEDIAN_MS, sigma: SIGMA, concurrency: CONCURRENCY }
  const profiles = SIMULATED_UPSTREAMS.map((name, index) => ({ name, seed: seed + index, ...shared }))
  tell(child, { type: 'start', profiles })
  return ports
}

async function setFault(child: ChildProcess, name: string, fault: UpstreamFault): Promise<void> {
  if (!SIMULATED_UPSTREAMS.some((known) => known === name)) {
    throw new TargetError(`there is no simulated upstream "${name}"`, {
      hint: `there are: ${SIMULATED_UPSTREAMS.join(', ')}`,
    })
  }
  const isSet = childMessage(child, {
    name: PROCESS_NAME,
    timeoutMs: FAULT_TIMEOUT_MS,
    match: (message) => (message as SimulatorMessage).type === 'fault-set' || undefined, // as in portsOf
  })
  tell(child, { type: 'fault', name, fault })
  await isSet
}

/** A child that is gone is noticed by its exit, not here. */
function tell(child: ChildProcess, command: SimulatorCommand): void {
  if (child.connected) child.send(command, () => undefined)
}

import { fileURLToPath } from 'node:url'

import type { Placement } from '../../../src/core/host-facts.ts'
import { detectHost } from '../../../src/host/detect.ts'
import { canPin, planPlacement } from '../../../src/host/placement.ts'
import { defaultWorkers } from './tuner-verdicts.ts'
import { gridCounts, rulesOfThumbFor } from './tuner-regret.ts'

/** A target whose best number of workers is looked for by measuring them all. */
export interface TunerCase {
  readonly name: string
  /** Flags of tune that say what is measured. */
  readonly target: readonly string[]
  /**
   * `shared` gives the server all CPUs, which is fair where the generator needs next to none of them; where it needs more,
   * `split` keeps it off those of the server.
   */
  readonly placement: Exclude<Placement['mode'], 'quota'>
  /** So many fill a CPU; the grid goes on to twice that. */
  readonly workersPerCpu: number
  /** Of a control group that tune and the target run in. */
  readonly memoryLimitBytes?: number
  /** Its CPUs are what limits it, and its generator takes so little that one core can be compared with two. */
  readonly extrapolates?: true
  /** One of those that are searched quickly ten times. */
  readonly isRepeated?: true
}

/** Enough for every worker to have something to do, also while requests wait for a timer. */
export const CONNECTIONS = 64
/** The grid shows how throughput falls, or that it does not. */
const LEAST_GRID = 6

/**
 * Five workers with their ballast and the processes of tune fit, six do not; 85 % of it, which is what may be planned with,
 * is enough for five.
 */
const MEMORY_LIMIT_BYTES = 1_850 * 2 ** 20

function oracle(kind: string): readonly string[] {
  return nodeTarget(new URL('../../support/tuner-targets/oracle.ts', import.meta.url), ` --kind ${kind}`)
}

function nodeTarget(entry: URL, flags = ''): readonly string[] {
  const program = `"${process.execPath}" "${fileURLToPath(entry)}"`
  return ['--cmd', `${program}${flags} --workers {workers} --port {port}`, '--port', '0']
}

/** Sync workers, one request at a time: the server that "two per CPU and one" was written for. */
function gunicorn(): readonly string[] {
  const folder = fileURLToPath(new URL('../../support/tuner-targets', import.meta.url))
  const command = `gunicorn --chdir "${folder}" -w {workers} -b 127.0.0.1:{port} sync_app:app`
  // Or it leaves a folder of its own in ours.
  return ['--cmd', command, '--port', '0', '--env', 'PYTHONDONTWRITEBYTECODE=1']
}

/** From those that everybody knows to those that only measuring finds. */
export const TUNER_CASES: readonly TunerCase[] = [
  {
    name: 'cpu',
    target: oracle('cpu'),
    placement: 'shared',
    workersPerCpu: 1,
    extrapolates: true,
    isRepeated: true,
  },
  { name: 'cpu-async', target: oracle('cpu-async'), placement: 'shared', workersPerCpu: 1, extrapolates: true },
  {
    name: 'cpu-blocking',
    target: oracle('cpu-blocking'),
    placement: 'shared',
    workersPerCpu: 5,
    extrapolates: true,
    isRepeated: true,
  },
  { name: 'thread-pool', target: oracle('thread-pool'), placement: 'shared', workersPerCpu: 1, extrapolates: true },
  {
    name: 'memory',
    target: oracle('memory'),
    placement: 'shared',
    workersPerCpu: 2,
    memoryLimitBytes: MEMORY_LIMIT_BYTES,
  },
  { name: 'upstream', target: oracle('upstream'), placement: 'shared', workersPerCpu: 1, isRepeated: true },
  { name: 'ttl-cache', target: oracle('ttl-cache'), placement: 'shared', workersPerCpu: 3 },
  { name: 'mixed', target: ['mixed'], placement: 'split', workersPerCpu: 1 },
  { name: 'gunicorn', target: gunicorn(), placement: 'split', workersPerCpu: 11 },
  {
    name: 'fastify',
    target: nodeTarget(new URL('../../support/tuner-targets/fastify-app.ts', import.meta.url)),
    placement: 'shared',
    workersPerCpu: 1,
    extrapolates: true,
  },
]

/**
 * The case with exactly this name, or those that have it in theirs; all of them for an empty one.
 *
 * @throws {RangeError} when there is none
 */
export function tunerCasesNamed(part: string): readonly TunerCase[] {
  const exact = TUNER_CASES.filter(({ name }) => name === part)
  const named = exact.length > 0 ? exact : TUNER_CASES.filter(({ name }) => name.includes(part))
  if (named.length > 0) return named
  throw new RangeError(`--only ${part} names none of the cases: ${TUNER_CASES.map(({ name }) => name).join(', ')}`)
}

/** What the server of a case has on this machine. */
export interface ServerShare {
  readonly cpus: number
  readonly memoryLimitBytes: number
}

/** What the server of a case gets here. */
export function serverShare({ placement, memoryLimitBytes, target }: TunerCase): ServerShare {
  const host = detectHost()
  const planned = planPlacement(host, placement, {
    simulators: !target.includes('--cmd'),
    targetIsOurs: true,
    canPin: canPin(),
  })
  return {
    cpus: planned.targetEffectiveCpus,
    memoryLimitBytes: Math.min(host.memory.limitBytes, memoryLimitBytes ?? Number.POSITIVE_INFINITY),
  }
}

/**
 * The worker counts whose goodput must be known: a grid, what the rules say, and what was chosen.
 *
 * @returns smallest first
 */
export function countsToMeasure(
  { workersPerCpu }: TunerCase,
  { cpus, memoryLimitBytes }: ServerShare,
  chosen: readonly number[],
): readonly number[] {
  const most = Math.max(LEAST_GRID, Math.ceil(2 * workersPerCpu * cpus))
  const byRules = rulesOfThumbFor(cpus, memoryLimitBytes).map(({ workers }) => workers)
  const all = new Set([...gridCounts(most), ...byRules, defaultWorkers(cpus), ...chosen])
  return [...all].toSorted((one, other) => one - other)
}

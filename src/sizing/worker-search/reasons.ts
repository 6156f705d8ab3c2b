import { doubtsWhere, significant } from '../advice/certainty.ts'
import type { WorkerChoice } from '../workers.ts'
import type { CountBelief } from './belief.ts'
import type { WorkerProbe, WorkerSearch } from './worker-search.ts'

/** A count this likely to be within 3 % of the best needs no more evidence, and is said without a doubt. */
export const SURE_ENOUGH = 0.95

/** CPUs that are this busy leave nothing for more workers; below it only the model says so. */
const FULL = 0.95

/** Why a count is measured next. */
export function whyProbed({ workers, chanceGood }: CountBelief): string {
  return `${counted(workers)} may be enough: ${percent(chanceGood)} likely within 3 % of the best`
}

/** Why a larger count is measured although one is believed to be good. */
export function whyMore({ workers }: CountBelief): string {
  return `${counted(workers)} left CPUs idle, and nothing above was tried`
}

/** Why a neighbour of a count is measured, or compared with it. */
export function whyDoubted({ workers, chanceGood }: CountBelief): string {
  return `the probes leave ${counted(workers)} a chance of ${percent(1 - chanceGood)} to be more than 3 % from the best`
}

/** Why the search ends with a count, in the words of what keeps more workers from helping. */
export function whySettled(search: WorkerSearch, chosen: CountBelief, binding: WorkerChoice['binding']): string {
  const who = counted(chosen.workers)
  const used = lastProbe(search, chosen.workers)?.cpus ?? null
  switch (binding) {
    case 'memory':
      return `no more than ${who} should live in this memory`
    case 'cpu':
      return used === null
        ? `${who} can fill ${cpusOf(search)}`
        : `${who} used ${significant(used)} of ${cpusOf(search)}, and more of them would not serve 3 % more${used >= FULL * search.cpus ? '' : ' by the model'}`
    case 'shared resource':
      return `with ${who} a bound is reached that all of them share: more served no more, though the CPUs were not full`
    case 'primary process':
      return `with ${who} the process that hands out connections is full`
    case 'event loop':
      return `no more than ${who} may be tried`
  }
}

/** What speaks against a settled count, each in a few words. */
export function doubtsAbout(
  search: WorkerSearch,
  chosen: CountBelief,
  binding: WorkerChoice['binding'],
): readonly string[] {
  const { probes } = search
  const others = probes.filter((probe) => probe.workers !== 1)
  return doubtsWhere([
    [chosen.chanceGood < SURE_ENOUGH, `${percent(chosen.chanceGood)} sure to be within 3 % of the best`],
    [lastProbe(search, chosen.workers) === null, `${counted(chosen.workers)} were not measured`],
    [
      binding === 'cpu' && idleShare(search, chosen) > 1 - FULL,
      `${percent(idleShare(search, chosen))} of the CPU time was left`,
    ],
    [probes.every((probe) => probe.cpuMsPerRequest === null), 'CPU time was not measured'],
    [probes.every((probe) => probe.workerBytes === null), 'memory of the workers was not measured'],
    [
      others.length > 0 && probes.every((probe) => probe.processes === null),
      'whether the target started that many workers was not seen',
    ],
  ])
}

/** Of the CPUs, when the count was measured last; 0 where that was not seen. */
function idleShare(search: WorkerSearch, { workers }: CountBelief): number {
  const used = lastProbe(search, workers)?.cpus ?? null
  return used === null ? 0 : 1 - used / search.cpus
}

function lastProbe({ probes }: WorkerSearch, workers: number): WorkerProbe | null {
  return probes.findLast((probe) => probe.workers === workers) ?? null
}

function counted(workers: number): string {
  return workers === 1 ? '1 worker' : `${workers} workers`
}

function cpusOf({ cpus }: WorkerSearch): string {
  return `${significant(cpus)} ${cpus === 1 ? 'CPU' : 'CPUs'}`
}

function percent(chance: number): string {
  return `${Math.round(chance * 100)} %`
}

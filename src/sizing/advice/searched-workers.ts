import { carriedOver } from '../worker-search/next-step.ts'
import type { SettledSearch, WorkerSearch } from '../worker-search/worker-search.ts'
import type { SizingInput } from '../sizing-input.ts'
import { scalingEfficiency } from '../utilization.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/**
 * The worker count that a search settled on; for a machine with more CPUs than the target had meanwhile, the count that
 * the same evidence gives there.
 *
 * @param input what was measured with the count that the search settled on
 * @param current the count as it stands; null when nothing here decides on it
 */
export function searchedWorkers(
  input: SizingInput,
  { search, settled }: { readonly search: WorkerSearch; readonly settled: SettledSearch },
  current: number | null,
): WorkerAdvice {
  const { measuredCpus, deployedCpus } = input
  const isHere = deployedCpus <= measuredCpus
  const there = carriedOver(search, deployedCpus)
  const workers = isHere ? settled.workers : there.workers
  const throughputPerS = isHere
    ? settled.throughputPerS
    : there.throughputPerS * scalingEfficiency(measuredCpus, deployedCpus)
  const doubts = [
    ...settled.doubts,
    ...doubtsWhere([
      [!isHere, `measured on ${significant(measuredCpus)} of ${significant(deployedCpus)} CPUs`],
      [deployedCpus > 2 * measuredCpus, 'carried over to more than twice the CPUs'],
    ]),
  ]
  const { binding } = settled
  const probed = [...new Set(search.probes.map((probe) => probe.workers))].sort((left, right) => left - right)
  return {
    workers,
    throughputPerS,
    binding,
    doubts,
    recommendation: {
      setting: 'WEB_CONCURRENCY',
      value: workers,
      current,
      unit: 'workers',
      basis: binding === 'memory' ? 'constraint' : isHere ? 'measured' : 'modelled',
      formula: 'search over worker counts',
      evidence: {
        probedWorkers: probed.join(', '),
        measuredCpus: significant(measuredCpus),
        measuredWorkers: settled.workers,
        measuredThroughputPerS: significant(settled.throughputPerS),
        deployedCpus: significant(deployedCpus),
        modelledThroughputPerS: significant(throughputPerS),
        ...(Number.isFinite(there.fit) ? { workersThatFitInMemory: there.fit } : {}),
        ...doubtEvidence(doubts),
      },
      confidence: confidenceWith(doubts),
      binding,
      explanation: explain(settled, { measuredCpus, deployedCpus, workers, isHere }),
    },
  }
}

function explain(
  settled: SettledSearch,
  here: Pick<SizingInput, 'measuredCpus' | 'deployedCpus'> & { readonly workers: number; readonly isHere: boolean },
): string {
  const found = `On ${amount(here.measuredCpus, 'CPU')} ${amount(settled.workers, 'worker')} served ${significant(settled.throughputPerS)} requests/s, and no other count that was tried or follows from the figures 3 % more`
  if (here.isHere) return `${found}: ${settled.why}. Other requests, or other CPUs, would change this.`
  return `${found}. The same law gives ${amount(here.workers, 'worker')} for ${amount(here.deployedCpus, 'CPU')}, where no load generator shares them; that was not measured.`
}

function amount(count: number, singular: string): string {
  return `${significant(count)} ${singular}${count === 1 ? '' : 's'}`
}

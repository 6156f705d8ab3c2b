import { breakerFindings } from './breaker.ts'
import { concurrencyFindings, userFindings } from './concurrency.ts'
import { databaseLimitFindings, idlePoolFindings, poolDemandFindings } from './connections.ts'
import { effectFindings } from './effects.ts'
import { bySeverity, type Finding } from './finding.ts'
import { keepAliveFindings } from './keep-alive.ts'
import { limiterFindings } from './limiter.ts'
import type { LintFacts } from './lint-facts.ts'
import { type LintRule, statedHeap, statedWorkers } from './lint-input.ts'
import { cacheFindings, heapFindings, workerMemoryFindings } from './memory.ts'
import { queueFindings } from './queue.ts'
import { spellingFindings } from './spelling.ts'
import { readSettings } from './stated-settings.ts'
import {
  expectedTimeFindings,
  gracefulTimeoutFindings,
  innerTimeoutFindings,
  upstreamTimeoutFindings,
  workerTimeoutFindings,
} from './timeouts.ts'
import { disagreementFindings, valueFindings } from './values.ts'
import { workerCountFindings } from './workers.ts'

const RULES: readonly LintRule[] = [
  concurrencyFindings,
  userFindings,
  databaseLimitFindings,
  poolDemandFindings,
  keepAliveFindings,
  expectedTimeFindings,
  upstreamTimeoutFindings,
  workerTimeoutFindings,
  gracefulTimeoutFindings,
  innerTimeoutFindings,
  heapFindings,
  cacheFindings,
  workerMemoryFindings,
  queueFindings,
  breakerFindings,
  limiterFindings,
  workerCountFindings,
  idlePoolFindings,
  valueFindings,
  disagreementFindings,
  effectFindings,
  spellingFindings,
]

/** What is to be said of the settings of a file. */
export interface LintResult {
  /** Settings that were judged; 0: nothing in the file is a setting. */
  readonly judged: number
  /** The worst first. */
  readonly findings: readonly Finding[]
}

/**
 * Judges the settings of a service by arithmetic alone; nothing is measured, and what the file does not say is not judged.
 *
 * @param values of the file, by name as written
 */
export function lintSettings(values: Readonly<Record<string, string>>, facts: LintFacts): LintResult {
  const read = readSettings(values)
  const heap = statedHeap(values['NODE_OPTIONS'], facts.memoryBytes)
  const input = { ...read, facts, workers: statedWorkers(read.stated, facts.cpus), heap }
  return {
    judged:
      new Set([...read.stated.keys(), ...read.odd.map(({ definition }) => definition.name)]).size + (heap ? 1 : 0),
    findings: bySeverity(RULES.flatMap((rule) => rule(input))),
  }
}

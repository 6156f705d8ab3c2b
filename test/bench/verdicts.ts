import { parseArgs } from 'node:util'

import type { Run } from '../../src/core/report.ts'
import { benchBesideHog, benchRun, benchUnderQuota, splitCpus } from '../support/provocations.ts'

/**
 * `npm run bench:verdicts -- --runs 50`: whether the verdict turns when it must, and does not when nothing is wrong. Three
 * provocations: something spins on the generator's CPU, on the target's, and a quota stops everything. Then quiet runs:
 * each must be valid, or name what was measured to disturb it. Needs two usable CPUs.
 */
const CLOSED = ['-c', '10', '-d', '2s', '--warm-up', '2s']
const OPEN = ['-r', '300', '-d', '4s', '--warm-up', '1s']
/** Each wake-up of the generator beside a hog is a wait: of few it hardly notices. */
const BUSY_OPEN = ['-r', '1500', '-d', '4s', '--warm-up', '1s']
/** Reasons that name a disturbance from outside, with its figure. */
const DISTURBANCES = new Set(['cpu-steal', 'cpu-throttled', 'busy-neighbour', 'generator-starved', 'target-starved'])

const { values } = parseArgs({ options: { runs: { type: 'string', default: '50' } } })
const quietRuns = Number(values.runs)
const cpus = splitCpus()
if (cpus === undefined) throw new Error('bench:verdicts needs exactly two usable CPUs')

const provocations = [
  {
    name: 'hog on the CPU of the generator',
    run: () => benchBesideHog(cpus.generator, BUSY_OPEN),
    code: 'generator-starved',
  },
  { name: 'hog on the CPU of the target', run: () => benchBesideHog(cpus.target, CLOSED), code: 'target-starved' },
  { name: 'quota of half a CPU', run: () => benchUnderQuota(0.5, CLOSED), code: 'cpu-throttled' },
]
for (const { name, run, code } of provocations) {
  const { validity } = await run()
  const isTurned = validity.verdict !== 'valid' && validity.reasons.some((reason) => reason.code === code)
  if (!isTurned) process.exitCode = 1
  console.log(`${name}: ${validity.verdict}${isTurned ? '' : `   WITHOUT ${code}`}`)
  printReasons(validity)
}

const verdicts = new Map<string, number>()
const codes = new Map<string, number>()
let unexplained = 0
for (let index = 0; index < quietRuns; index++) {
  const { validity } = await benchRun(index % 2 === 0 ? CLOSED : OPEN)
  count(verdicts, validity.verdict)
  for (const { code } of validity.reasons) count(codes, code)
  if (validity.verdict === 'valid') continue
  const isExplained = validity.reasons.some(({ code }) => DISTURBANCES.has(code))
  if (!isExplained) unexplained++
  console.log(`quiet run ${index + 1}: ${validity.verdict}${isExplained ? '' : '   UNEXPLAINED'}`)
  printReasons(validity)
}
console.log(`${quietRuns} quiet runs: ${counts(verdicts)}; reasons: ${counts(codes)}; unexplained: ${unexplained}`)
if (unexplained > 0) process.exitCode = 1

function printReasons(validity: Run['validity']): void {
  for (const { severity, code, evidence } of validity.reasons) console.log(`  ${severity} ${code}: ${evidence}`)
}

function count(counters: Map<string, number>, key: string): void {
  counters.set(key, (counters.get(key) ?? 0) + 1)
}

function counts(counters: ReadonlyMap<string, number>): string {
  return [...counters].map(([key, times]) => `${key} ${times}`).join(', ') || 'none'
}

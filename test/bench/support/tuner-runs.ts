import type { Report, Run } from '../../../src/core/report.ts'
import { modelledCapacity } from '../../../src/sizing/utilization.ts'
import { runTune } from '../../support/run-tune.ts'
import { underMemoryLimit } from './memory-limit.ts'
import { CONNECTIONS, type TunerCase } from './tuner-cases.ts'
import type { ChoiceRecord, ExtrapolationRecord, GridRecord } from './tuner-records.ts'

/** Caches, compilers and connections have settled by then. */
const WARM_UP_S = 3
/** Start, stop and the drain of a run. */
const BESIDE_S = 90
const CHOICE_LIMIT_MS = 900_000

/** The target could not be started or died, or all requests failed. */
const TARGET_UNUSABLE = 3

/** What `tune recommend --json` says about its search, as far as it is held against something here. */
interface Tuning {
  readonly probes: readonly unknown[]
  readonly choice: { readonly workers: number } | null
  readonly verification: { readonly outcome: string; readonly ratio: number | null } | null
  readonly tookMs: number
}

interface Measured {
  readonly run: Run
  readonly cpus: number
}

/** One boot of a case with this many workers, saturated for some seconds. */
export async function measureCell(
  tunerCase: TunerCase,
  { workers, replicate, seconds }: Pick<GridRecord, 'workers' | 'replicate' | 'seconds'>,
): Promise<GridRecord> {
  const key = { part: 'grid', seconds, replicate, workers } as const
  const measured = await saturated(tunerCase, tunerCase.placement, workers, seconds)
  if (typeof measured === 'string') {
    const unknown = { cpuMsPerRequest: null, generatorCpus: null, targetBytes: null }
    return { ...key, ...unknown, goodputPerS: 0, validity: 'valid', failure: measured }
  }
  const { goodputPerS, targetUse, generator, validity } = measured.run
  return {
    ...key,
    goodputPerS,
    cpuMsPerRequest: targetUse?.cpuMsPerRequest ?? null,
    generatorCpus: generator.cpuFraction,
    targetBytes: targetUse?.pssBytes ?? targetUse?.rssBytes ?? null,
    validity: validity.verdict,
    failure: null,
  }
}

/**
 * One boot on one CPU and one on two, and what the first lets expect of the second.
 *
 * @throws when the machine has other CPUs than two, or a target failed
 */
export async function measureExtrapolation(tunerCase: TunerCase, seconds: number): Promise<ExtrapolationRecord> {
  const one = await saturatedOn(1, tunerCase, seconds)
  const two = await saturatedOn(2, tunerCase, seconds)
  const cpuMs = one.targetUse?.cpuMsPerRequest
  if (cpuMs == null) throw new Error(`${tunerCase.name}: the CPU time of the target was not to be had`)
  return {
    part: 'extrapolate',
    seconds,
    modelledPerS: modelledCapacity(cpuMs, 1, 2),
    measuredPerS: two.goodputPerS,
    generatorCpus: two.generator.cpuFraction,
    validity: worse(one.validity.verdict, two.validity.verdict),
  }
}

function worse(one: GridRecord['validity'], other: GridRecord['validity']): GridRecord['validity'] {
  return (['invalid', 'suspect'] as const).find((verdict) => verdict === one || verdict === other) ?? 'valid'
}

async function saturatedOn(cpus: number, tunerCase: TunerCase, seconds: number): Promise<Run> {
  const workers = cpus * tunerCase.workersPerCpu
  const measured = await saturated(tunerCase, cpus === 1 ? 'split' : 'shared', workers, seconds)
  if (typeof measured === 'string') throw new Error(`${tunerCase.name} with ${workers} workers: ${measured}`)
  if (measured.cpus !== cpus)
    throw new Error(`one CPU is compared with two on a machine with two; here the target got ${measured.cpus}`)
  return measured.run
}

/** The run, or why the target gave none. */
async function saturated(
  tunerCase: TunerCase,
  placement: TunerCase['placement'],
  workers: number,
  seconds: number,
): Promise<Measured | string> {
  const load = ['-c', String(CONNECTIONS), '--warm-up', `${WARM_UP_S}s`, '-d', `${seconds}s`]
  const flags = ['--json', '--quiet', ...tunerCase.target, '--placement', placement, '-w', String(workers), ...load]
  const timeLimitMs = (WARM_UP_S + seconds + BESIDE_S) * 1_000
  const { code, stdout, stderr } = await inItsMemory(tunerCase, () => runTune(['bench', ...flags], { timeLimitMs }))
  if (code === TARGET_UNUSABLE) return stderr.trim()
  const report = reportOf(stdout, `tune bench ${flags.join(' ')}`, code, stderr)
  const run = report.runs.at(-1)
  return run === undefined ? 'no run' : { run, cpus: report.placement.targetEffectiveCpus }
}

/**
 * What `tune recommend` chooses for a case.
 *
 * @throws when it chose nothing; the message holds what it said
 */
export async function choose(tunerCase: TunerCase, effort: ChoiceRecord['effort']): Promise<ChoiceRecord> {
  const target = [...tunerCase.target, '--placement', tunerCase.placement]
  const flags = [...target, '--json', '--quiet', ...(effort === 'quick' ? ['--quick'] : [])]
  const { code, stdout, stderr, tookMs } = await inItsMemory(tunerCase, () =>
    runTune(['recommend', ...flags], { timeLimitMs: CHOICE_LIMIT_MS }),
  )
  return choiceIn(reportOf(stdout, `tune recommend ${flags.join(' ')}`, code, stderr), effort, tookMs)
}

/**
 * The choice that a report tells of.
 *
 * @param tookMs from the start of the command to its end, which is what a user waits
 * @throws when it tells of none
 */
export function choiceIn(
  report: { readonly tuning?: Tuning },
  effort: ChoiceRecord['effort'],
  tookMs: number,
): ChoiceRecord {
  const { choice, probes, verification } = report.tuning ?? { choice: null, probes: [], verification: null }
  if (choice === null) throw new Error(`tune recommend chose no number of workers after ${probes.length} probes`)
  return {
    part: 'choice',
    effort,
    workers: choice.workers,
    probes: probes.length,
    tookMs,
    outcome: verification?.outcome ?? null,
    ratio: verification?.ratio ?? null,
  }
}

function inItsMemory<Result>({ memoryLimitBytes }: TunerCase, work: () => Promise<Result>): Promise<Result> {
  return memoryLimitBytes === undefined ? work() : underMemoryLimit(memoryLimitBytes, work)
}

function reportOf(
  stdout: string,
  command: string,
  code: number | null,
  stderr: string,
): Report & { readonly tuning?: Tuning } {
  if (stdout === '') throw new Error(`${command} gave no result, exit code ${code}: ${stderr.trim()}`)
  return JSON.parse(stdout) as Report & { readonly tuning?: Tuning } // tune.report/v1, which its own tests hold it to
}

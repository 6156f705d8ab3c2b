import { UsageError } from '../core/errors.ts'
import { detectHost } from '../host/detect.ts'
import { formatBytes, formatMs, formatNumber, formatQuantity, formatRate, formatSpan } from '../report/format.ts'
import { type LintFact, type LintReport, renderLintText } from '../report/lint-text.ts'
import { DEFAULT_BALANCER_IDLE_S } from '../sizing/keep-alive.ts'
import { bySeverity, type Finding } from '../sizing/settings-lint/finding.ts'
import type { LintFacts } from '../sizing/settings-lint/lint-facts.ts'
import { lintSettings } from '../sizing/settings-lint/lint-settings.ts'
import { readVariables } from './config-file.ts'
import { EXIT } from './exit-codes.ts'
import { styleOf } from './terminal.ts'

/** The facts that no settings file says, as flags. */
export interface CheckFlags {
  readonly cpus?: number
  /** Bytes. */
  readonly memory?: number
  readonly databaseConnections?: number
  readonly replicas?: number
  /** Milliseconds. */
  readonly balancerIdle?: number
  /** Per second. */
  readonly rate?: number
  /** Milliseconds. */
  readonly p50?: number
  /** Milliseconds. */
  readonly p95?: number
  readonly users?: number
  /** Milliseconds. */
  readonly thinkTime?: number
  readonly json?: boolean
  readonly color: boolean
}

/** `max_connections` of PostgreSQL as it ships. */
const POSTGRES_CONNECTIONS = 100

/** A file that is no dotenv has as many problems as lines. */
const MOST_PROBLEMS_SHOWN = 5

/**
 * Judges the settings of a file without measuring, and prints the findings.
 *
 * @returns 1 when something is wrong, 0 otherwise
 * @throws {UsageError} when the file cannot be read, or holds no setting that tune knows: what was not judged must not pass
 */
export function runCheck(file: string, flags: CheckFlags): number {
  const { values, problems } = readVariables(file, '--check')
  const { facts, sources } = factsOf(flags)
  const { judged, findings } = lintSettings(values, facts)
  if (judged === 0) {
    throw new UsageError(`--check ${file} holds no setting that tune knows: there is nothing to judge`, {
      hint: 'give a file with one NAME=VALUE a line; npx tune serve --print-settings lists the names',
    })
  }
  const all = bySeverity([...findings, ...fileFindings(problems)])
  const report: LintReport = {
    schema: 'tune.lint/v1',
    file,
    judged,
    facts: sources,
    untold: (['rate', 'p50', 'p95'] as const).filter((flag) => flags[flag] === undefined).map((flag) => `--${flag}`),
    findings: all,
    counts: { wrong: countOf(all, 'wrong'), doubtful: countOf(all, 'doubtful'), info: countOf(all, 'info') },
  }
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderLintText(report, styleOf(process.stdout, process.env, flags.color)),
  )
  return report.counts.wrong > 0 ? EXIT.gateFailed : EXIT.done
}

function countOf(findings: readonly Finding[], severity: Finding['severity']): number {
  return findings.filter((finding) => finding.severity === severity).length
}

function fileFindings(problems: readonly string[]): readonly Finding[] {
  if (problems.length === 0) return []
  const more = problems.length - MOST_PROBLEMS_SHOWN
  const shown = problems.slice(0, MOST_PROBLEMS_SHOWN).join('; ')
  return [
    {
      rule: 'lines',
      severity: 'doubtful',
      settings: [],
      arithmetic: `${shown}${more > 0 ? `; and ${more} more` : ''}`,
      change: 'one NAME=VALUE a line, each name once: readers of such files differ in what else they take',
    },
  ]
}

interface SourcedFacts {
  readonly facts: LintFacts
  readonly sources: readonly LintFact[]
}

function factsOf(flags: CheckFlags): SourcedFacts {
  const host = flags.cpus === undefined || flags.memory === undefined ? detectHost() : null
  const facts: LintFacts = {
    cpus: flags.cpus ?? host?.cpus.effective ?? 1,
    memoryBytes: flags.memory ?? host?.memory.limitBytes ?? 0,
    databaseConnections: flags.databaseConnections ?? POSTGRES_CONNECTIONS,
    replicas: flags.replicas ?? 1,
    balancerIdleS: flags.balancerIdle === undefined ? DEFAULT_BALANCER_IDLE_S : flags.balancerIdle / 1_000,
    expected: {
      ratePerS: flags.rate ?? null,
      p50Ms: flags.p50 ?? null,
      p95Ms: flags.p95 ?? null,
      users: flags.users ?? null,
      thinkTimeMs: flags.thinkTime ?? 0,
    },
  }
  return { facts, sources: [...machineFacts(facts, flags), ...expectedFacts(facts, flags)] }
}

function machineFacts(facts: LintFacts, flags: CheckFlags): readonly LintFact[] {
  const { cpus, memoryBytes, replicas, databaseConnections, balancerIdleS } = facts
  const shipped = flags.databaseConnections === undefined ? ', as PostgreSQL ships' : ''
  const balancer =
    balancerIdleS === 0
      ? 'no load balancer'
      : `a load balancer that keeps idle connections ${formatSpan(balancerIdleS * 1_000)}`
  const from = (given: number | undefined, otherwise: LintFact['source'] = 'assumed'): LintFact['source'] =>
    given === undefined ? otherwise : 'given'
  return [
    {
      flag: '--cpus',
      value: cpus,
      unit: 'CPUs',
      text: `${formatNumber(cpus)} CPU${cpus === 1 ? '' : 's'}`,
      source: from(flags.cpus, 'this machine'),
    },
    {
      flag: '--memory',
      value: memoryBytes,
      unit: 'bytes',
      text: `${formatBytes(memoryBytes)} of memory`,
      source: from(flags.memory, 'this machine'),
    },
    {
      flag: '--replicas',
      value: replicas,
      unit: 'replicas',
      text: formatQuantity(replicas, 'replica'),
      source: from(flags.replicas),
    },
    {
      flag: '--database-connections',
      value: databaseConnections,
      unit: 'connections',
      text: `${formatQuantity(databaseConnections, 'connection')} to the database${shipped}`,
      source: from(flags.databaseConnections),
    },
    { flag: '--balancer-idle', value: balancerIdleS, unit: 's', text: balancer, source: from(flags.balancerIdle) },
  ]
}

function expectedFacts({ expected }: LintFacts, flags: CheckFlags): readonly LintFact[] {
  const { ratePerS, p50Ms, p95Ms, users, thinkTimeMs } = expected
  const told = (
    flag: string,
    value: number | null,
    unit: string,
    text: (value: number) => string,
  ): readonly LintFact[] => (value === null ? [] : [{ flag, value, unit, text: text(value), source: 'given' }])
  return [
    ...told('--rate', ratePerS, '1/s', (value) => `${formatRate(value)} expected`),
    ...told('--p50', p50Ms, 'ms', (value) => `p50 ${formatMs(value)}`),
    ...told('--p95', p95Ms, 'ms', (value) => `p95 ${formatMs(value)}`),
    ...told('--users', users, 'users', (value) => formatQuantity(value, 'user')),
    ...(users === null
      ? []
      : told('--think-time', thinkTimeMs, 'ms', (value) => `${formatSpan(value)} between their requests`).map(
          (fact): LintFact => ({ ...fact, source: flags.thinkTime === undefined ? 'assumed' : 'given' }),
        )),
  ]
}

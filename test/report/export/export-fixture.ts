import type { Recommendation } from '../../../src/core/recommendation.ts'
import type { Report } from '../../../src/core/report.ts'
import { reportFixture } from '../../support/report-fixture.ts'

/** Whatever could end a comment, a text or a line in one of the formats, or be filled in by a reader. */
export const HOSTILE = [
  'a\nINJECTED=1\n[Service]\nExecStart=/bin/false',
  'b\r\nINJECTED=2\r',
  '\u2028INJECTED=3\u2029INJECTED=4\u0085INJECTED=5\vINJECTED=6\fINJECTED=7',
  '\'"`"""\'\'\' ${INJECTED} $INJECTED $(INJECTED) %n %% # } ] */ --> \\',
  '{{ $labels.job }} {{ define "x" }}',
  'vim: coding=utf-7: \u001B]0;INJECTED\u0007 \u0000\uFEFF\uD800',
  '---\ninjected: true\n...',
].join(' ')

/** A recommendation of high confidence, with whatever a test wants to be different. */
export function advice(setting: string, value: number, changes: Partial<Recommendation> = {}): Recommendation {
  return {
    setting,
    value,
    current: null,
    unit: 'count',
    basis: 'modelled',
    formula: 'a formula',
    evidence: { figurePerS: 12 },
    confidence: 'high',
    binding: 'cpu',
    explanation: 'Because.',
    ...changes,
  }
}

/** A report with these recommendations. */
export function reportWith(recommendations: readonly Recommendation[], changes: Partial<Report> = {}): Report {
  return reportFixture({ recommendations, ...changes })
}

/** Workers, a setting of each unit, two Node flags, and one of low confidence. */
export const ALL_KINDS_OF_ADVICE: readonly Recommendation[] = [
  advice('--max-old-space-size', 1_536, { unit: 'MiB per worker' }),
  advice('--max-semi-space-size', 32, { unit: 'MiB per worker' }),
  advice('KEEP_ALIVE', 65.5, { unit: 's' }),
  advice('CACHE_MAX_BYTES', 67_108_864, { unit: 'bytes per worker' }),
  advice('QUEUE_SIZE', 120, { confidence: 'low' }),
  advice('MAX_REQUESTS', 10_000),
  advice('WEB_CONCURRENCY', 2, {
    unit: 'workers',
    basis: 'measured',
    evidence: { measuredThroughputPerS: 2_000, modelledThroughputPerS: 2_100 },
  }),
  advice('DATABASE_POOL_SIZE', 8, { evidence: { connectionsTogether: 32, connectionLimit: 97 } }),
]

/** What becomes of them in an environment. */
export const ALL_KINDS_OF_VARIABLES = {
  WEB_CONCURRENCY: '2',
  MAX_REQUESTS: '10000',
  KEEP_ALIVE: '65.5',
  CACHE_MAX_BYTES: '67108864',
  DATABASE_POOL_SIZE: '8',
  NODE_OPTIONS: '--max-old-space-size=1536 --max-semi-space-size=32',
}

/** The same with hostile text wherever a report may hold any, beside settings of names and values that do not exist. */
export function hostileReport(): Report {
  const report = reportFixture({ createdAt: `2026-11-20T18:59:31.120Z` })
  const spoilt = ALL_KINDS_OF_ADVICE.map((each) => ({
    ...each,
    unit: HOSTILE,
    formula: HOSTILE,
    binding: HOSTILE,
    explanation: HOSTILE,
    evidence: { ...each.evidence, [HOSTILE]: HOSTILE },
  }))
  const reasons = [{ code: HOSTILE, severity: 'suspect', evidence: HOSTILE, hint: HOSTILE } as const]
  return {
    ...report,
    command: HOSTILE,
    tool: { name: 'tune', version: HOSTILE },
    host: { ...report.host, kernel: HOSTILE, cpus: { ...report.host.cpus, model: HOSTILE } },
    runs: report.runs.map((run) => ({ ...run, phase: HOSTILE, validity: { verdict: 'suspect', reasons } })),
    recommendations: [
      ...spoilt,
      advice(HOSTILE, 1),
      advice('PATH', 1),
      advice('MAX_WORKERS', 1e21),
      spoilt[0] as never,
    ],
    verdict: {
      outcome: 'pass',
      checks: [HOSTILE, `p95 < 200ms${HOSTILE}`, 'p99 < 250ms', 'error rate < 0.5%'].map((expected) => ({
        name: HOSTILE,
        expected,
        actual: HOSTILE,
        interval: null,
        outcome: 'pass',
      })),
    },
    notes: [HOSTILE],
  }
}

import { OUTCOMES } from '../core/measurement.ts'
import type { Report, Run } from '../core/report.ts'
import { printable } from './terminal-text.ts'

type Labels = Readonly<Record<string, string | number>>

interface Sample {
  readonly labels: Labels
  readonly value: number
  /** `_sum` and `_count` of a summary. */
  readonly suffix?: string
}

interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'summary'
  readonly help: string
  readonly samples: readonly Sample[]
}

const MS_PER_S = 1_000
const VALIDITY_LEVELS: Readonly<Record<Run['validity']['verdict'], number>> = { invalid: 0, suspect: 1, valid: 2 }
const QUANTILES = { '0.5': 'p50Ms', '0.9': 'p90Ms', '0.95': 'p95Ms', '0.99': 'p99Ms', '0.999': 'p999Ms' } as const

/** Prometheus text, for the textfile collector or a push gateway: base units, one label set per run. */
export function renderProm(report: Report): string {
  return metricsOf(report)
    .filter(({ samples }) => samples.length > 0)
    .map(metricText)
    .join('')
}

function metricsOf(report: Report): readonly Metric[] {
  const { runs, recommendations, verdict } = report
  const perRun = (value: (run: Run) => number | null): readonly Sample[] =>
    runs.flatMap((run) => {
      const found = value(run)
      return found === null ? [] : [{ labels: labelsOf(run), value: found }]
    })
  return [
    {
      name: 'tune_requests_total',
      type: 'counter',
      help: 'Requests sent, by outcome.',
      samples: runs.flatMap((run) =>
        OUTCOMES.map((outcome) => ({ labels: { ...labelsOf(run), outcome }, value: run.requests[outcome] })),
      ),
    },
    {
      name: 'tune_requests_dropped_total',
      type: 'counter',
      help: 'Arrivals that the generator could not start.',
      samples: perRun((run) => run.requests.dropped),
    },
    latencyMetric(
      'tune_response_time_seconds',
      'From the intended start to the last byte, of good answers.',
      runs,
      'responseTime',
    ),
    latencyMetric('tune_service_time_seconds', 'From the send to the last byte, of good answers.', runs, 'serviceTime'),
    {
      name: 'tune_offered_requests_per_second',
      type: 'gauge',
      help: 'Requests that should have started per second.',
      samples: perRun((run) => run.offeredPerS),
    },
    {
      name: 'tune_throughput_requests_per_second',
      type: 'gauge',
      help: 'Completed requests per second.',
      samples: perRun((run) => run.throughputPerS),
    },
    {
      name: 'tune_goodput_requests_per_second',
      type: 'gauge',
      help: 'Good answers per second.',
      samples: perRun((run) => run.goodputPerS),
    },
    {
      name: 'tune_target_cpu_seconds_per_request',
      type: 'gauge',
      help: 'CPU time of all target processes per completed request.',
      samples: perRun((run) => inSeconds(run.targetUse?.cpuMsPerRequest ?? null)),
    },
    {
      name: 'tune_target_resident_memory_bytes',
      type: 'gauge',
      help: 'Resident memory of all target processes.',
      samples: perRun((run) => run.targetUse?.rssBytes ?? null),
    },
    {
      name: 'tune_run_validity',
      type: 'gauge',
      help: 'Whether the figures of the run may be believed: 2 valid, 1 suspect, 0 invalid.',
      samples: perRun((run) => VALIDITY_LEVELS[run.validity.verdict]),
    },
    {
      name: 'tune_recommended_value',
      type: 'gauge',
      help: 'Recommended value of a setting, in the unit of the label.',
      samples: recommendations.map(({ setting, unit, basis, confidence, value }) => ({
        labels: { setting, unit, basis, confidence },
        value,
      })),
    },
    {
      name: 'tune_objective_kept',
      type: 'gauge',
      help: 'Whether an objective was kept: 1 or 0; absent when it cannot be judged.',
      samples: verdict.checks
        .filter((check) => check.outcome !== 'inconclusive')
        .map((check) => ({
          labels: { objective: check.expected, name: check.name },
          value: check.outcome === 'pass' ? 1 : 0,
        })),
    },
  ]
}

function latencyMetric(name: string, help: string, runs: readonly Run[], time: 'responseTime' | 'serviceTime'): Metric {
  const samples = runs.flatMap((run): readonly Sample[] => {
    const figures = run[time]
    const labels = labelsOf(run)
    const quantiles = Object.entries(QUANTILES).flatMap(([quantile, key]) => {
      const seconds = inSeconds(figures[key])
      return seconds === null ? [] : [{ labels: { ...labels, quantile }, value: seconds }]
    })
    const sum = inSeconds((figures.meanMs ?? 0) * figures.count) ?? 0
    return [...quantiles, { labels, value: sum, suffix: '_sum' }, { labels, value: figures.count, suffix: '_count' }]
  })
  return { name, type: 'summary', help, samples }
}

function labelsOf({ scenario, phase, workers, repetition }: Run): Labels {
  return { scenario, phase, ...(workers === null ? {} : { workers }), repetition }
}

function metricText({ name, type, help, samples }: Metric): string {
  const lines = samples.map(({ labels, value, suffix = '' }) => `${name}${suffix}{${labelText(labels)}} ${value}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...new Set(lines), ''].join('\n')
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}="${printable(String(value)).replaceAll(/[\\"]/g, String.raw`\$&`)}"`)
    .join(',')
}

function inSeconds(ms: number | null): number | null {
  // Binary fractions would show digits that were never measured.
  return ms === null ? null : Number((ms / MS_PER_S).toPrecision(9))
}

import { formatBytes, formatFraction, formatMs, formatNumber, formatQuantile, formatRate } from '../format.ts'
import { commentLines, headLines } from './comments.ts'
import type { Capacity, ExportInput } from './export-input.ts'
import { ALARM, SCALE_OUT, SCALE_OUT_LOAD, scaleOutRate } from './scale-out.ts'
import { quotedYaml } from './yaml-text.ts'

/** The name that the scrape configuration of Prometheus gives the server; others have metrics of the same names. */
const JOB = 'job="tune"'

/** Shorter peaks are no reason to wake anybody. */
const HOLD_MINUTES = 5

interface AlertRule {
  readonly alert: string
  readonly expression: string
  readonly severity: 'warning' | 'critical'
  /** Text of ours: Prometheus fills in `{{ $labels.x }}`. */
  readonly summary: string
  /** Sentences for a comment, which may hold anything. */
  readonly evidence: readonly string[]
}

/** Alert rules of Prometheus, on the names of the metrics page. */
export function renderAlerts(input: ExportInput): string {
  const lines = [
    ...headLines('#', [
      ...input.origin,
      `Rules on the metrics of tune serve, for the scrape job ${JOB}. That a state must last ${HOLD_MINUTES} minutes is a habit, not a measurement.`,
    ]),
    'groups:',
    '  - name: tune',
    '    rules:',
    ...rulesOf(input).flatMap(ruleLines),
  ]
  return `${lines.join('\n')}\n`
}

function rulesOf(input: ExportInput): readonly AlertRule[] {
  const { thresholds, cpus, memoryBytes, capacity } = input
  const { responseTime, errorRate } = thresholds
  return [
    {
      alert: 'TuneResponseTimeHigh',
      expression: `histogram_quantile(${responseTime.quantile}, sum by (job, le) (rate(http_request_duration_seconds_bucket{${JOB}}[5m]))) > ${responseTime.bound}`,
      severity: 'warning',
      summary: `${formatQuantile(responseTime.quantile)} of the response time is above ${formatMs(1_000 * responseTime.bound)}`,
      evidence: [
        responseTime.evidence,
        'Measured inside the worker, and interpolated between the bounds of the histogram.',
      ],
    },
    {
      alert: 'TuneErrorRateHigh',
      expression: `sum by (job) (rate(http_requests_total{${JOB},status=~"5.."}[5m])) / sum by (job) (rate(http_requests_total{${JOB}}[5m])) > ${errorRate.bound}`,
      severity: 'critical',
      summary: `more than ${formatFraction(errorRate.bound)} of the answers are server errors`,
      evidence: [errorRate.evidence],
    },
    ...usageRules({
      name: 'Cpu',
      used: `the CPUs (${formatNumber(cpus)})`,
      expression: `sum by (job, instance) (rate(tune_worker_cpu_seconds_total{${JOB}}[5m])) / ${cpus}`,
      scaleOutPercent: SCALE_OUT.cpuPercent,
      alarmPercent: ALARM.cpuPercent,
    }),
    ...usageRules({
      name: 'Memory',
      used: `the memory (${formatBytes(memoryBytes)})`,
      expression: `sum by (job, instance) (tune_worker_resident_memory_bytes{${JOB}}) / ${Math.max(1, memoryBytes)}`,
      scaleOutPercent: SCALE_OUT.memoryPercent,
      alarmPercent: ALARM.memoryPercent,
    }),
    {
      alert: 'TuneQueueLong',
      expression: `sum by (job, instance) (tune_queue_length{${JOB}}) > ${SCALE_OUT.queued}`,
      severity: 'warning',
      summary: `more than ${SCALE_OUT.queued} requests wait on {{ $labels.instance }}: scale out`,
      evidence: [`Default of the source documents: more than ${SCALE_OUT.queued} requests wait.`],
    },
    {
      alert: 'TuneDatabasePoolExhausted',
      expression: `sum by (job, instance) (increase(tune_database_pool_exhausted_total{${JOB}}[5m])) > 0`,
      severity: 'critical',
      summary: 'callers on {{ $labels.instance }} are turned away because no database connection becomes free',
      evidence: ['Default of the source documents: any exhaustion of the pool.'],
    },
    ...(capacity === null ? [] : [capacityRule(capacity)]),
  ]
}

interface Usage {
  readonly name: string
  readonly used: string
  /** The share that is used. */
  readonly expression: string
  readonly scaleOutPercent: number
  readonly alarmPercent: number
}

function usageRules({ name, used, expression, scaleOutPercent, alarmPercent }: Usage): readonly AlertRule[] {
  const rule = (percent: number): Omit<AlertRule, 'alert' | 'severity'> => ({
    expression: `${expression} > ${percent / 100}`,
    summary: `the workers on {{ $labels.instance }} use more than ${percent} % of ${used}`,
    evidence: [`Default of the source documents: ${percent} %, here of what the report was measured with.`],
  })
  return [
    { ...rule(scaleOutPercent), alert: `Tune${name}ScaleOut`, severity: 'warning' },
    { ...rule(alarmPercent), alert: `Tune${name}High`, severity: 'critical' },
  ]
}

function capacityRule({ perS, evidence }: Capacity): AlertRule {
  const rate = scaleOutRate(perS)
  return {
    alert: 'TuneNearCapacity',
    expression: `sum by (job, instance) (rate(http_requests_total{${JOB}}[5m])) > ${rate}`,
    severity: 'warning',
    summary: `{{ $labels.instance }} serves more than ${formatRate(rate)}, ${100 * SCALE_OUT_LOAD} % of its capacity: scale out`,
    evidence: [evidence, `Scale out at ${100 * SCALE_OUT_LOAD} % of it; above that, waiting grows fast.`],
  }
}

function ruleLines({ alert, expression, severity, summary, evidence }: AlertRule): readonly string[] {
  return [
    ...commentLines('      #', evidence),
    `      - alert: ${alert}`,
    `        expr: ${quotedYaml(expression)}`,
    `        for: ${HOLD_MINUTES}m`,
    '        labels:',
    `          severity: ${severity}`,
    '        annotations:',
    `          summary: ${quotedYaml(summary)}`,
  ]
}

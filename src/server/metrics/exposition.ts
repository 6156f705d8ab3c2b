import { FAMILY_NAMES, METRIC_FAMILIES } from './families.ts'
import { BUCKETS_S } from './histogram.ts'
import type { MergedValues } from './merged-values.ts'

/** How a metrics page is written. */
export type MetricsFormat = 'prometheus' | 'openmetrics'

/** The media type of each format, as it is announced. */
export const METRICS_CONTENT_TYPE: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

const OPENMETRICS_TYPE = 'application/openmetrics-text'
const PLAIN_TYPES: ReadonlySet<string> = new Set(['text/plain', 'text/*', '*/*'])
/** Real headers are shorter; of longer ones the rest is not read. */
const MAX_ACCEPT_LENGTH = 1_024

/**
 * OpenMetrics for who prefers it, as Prometheus does; the older text format for everybody else.
 *
 * @param accept the Accept header; undefined accepts anything
 * @see RFC 9110, section 12.5.1
 */
export function metricsFormat(accept: string | undefined): MetricsFormat {
  let [open, plain] = [0, 0]
  for (const range of (accept ?? '').slice(0, MAX_ACCEPT_LENGTH).toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
    if (type === OPENMETRICS_TYPE) open = Math.max(open, weight)
    else if (PLAIN_TYPES.has(type)) plain = Math.max(plain, weight)
  }
  return open > 0 && open >= plain ? 'openmetrics' : 'prometheus'
}

/**
 * The page of all families that have a value.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/ and the OpenMetrics 1.0 specification
 */
export function pageOf(values: MergedValues, format: MetricsFormat): string {
  const lines: string[] = []
  for (const name of FAMILY_NAMES) {
    const series = values.series(name)
    if (series.size === 0) continue
    const { type, help } = METRIC_FAMILIES[name]
    // OpenMetrics names the family of a counter without the ending of its samples.
    const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name
    lines.push(`# HELP ${family} ${help}`, `# TYPE ${family} ${type}`)
    for (const [labels, numbers] of series) {
      if (type === 'histogram') lines.push(...histogramLines(name, labels, numbers, format))
      else lines.push(sample(name, labels, numbers[0] ?? 0))
    }
  }
  if (format === 'openmetrics') lines.push('# EOF')
  return `${lines.join('\n')}\n`
}

function histogramLines(
  name: string,
  labels: string,
  numbers: readonly number[],
  format: MetricsFormat,
): readonly string[] {
  const separator = labels === '' ? '' : ','
  let count = 0
  const buckets = [...BUCKETS_S.map((bound) => boundText(bound, format)), '+Inf'].map((bound, index) => {
    count += numbers[index] ?? 0
    return sample(`${name}_bucket`, `${labels}${separator}le="${bound}"`, count)
  })
  const sum = numbers[BUCKETS_S.length + 1] ?? 0
  return [...buckets, sample(`${name}_sum`, labels, sum), sample(`${name}_count`, labels, count)]
}

/** OpenMetrics wants `1.0` where Prometheus' own clients write `1`. */
function boundText(bound: number, format: MetricsFormat): string {
  return format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : String(bound)
}

function sample(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`
}

import assert from 'node:assert/strict'

/** One line of a metrics page. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A metrics page that was read strictly. */
export interface MetricsPage {
  readonly types: ReadonlyMap<string, string>
  readonly samples: readonly Sample[]
  /** The sum of the samples of this name that carry these labels among others; fails when there is none. */
  readonly sum: (name: string, labels?: Readonly<Record<string, string>>) => number
  /** The same, but 0 when there is none. */
  readonly total: MetricsPage['sum']
  readonly find: (name: string, labels?: Readonly<Record<string, string>>) => readonly Sample[]
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
}

/**
 * Reads a metrics page, and fails where it breaks a rule of its format: HELP and TYPE once and before the samples, families
 * in one piece, no sample twice, finite numbers, cumulative buckets whose `+Inf` is the count.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/ and OpenMetrics 1.0
 */
export function readMetricsPage(text: string, format: 'prometheus' | 'openmetrics' = 'prometheus'): MetricsPage {
  assert.ok(text.endsWith('\n'), 'the page ends with a line end')
  const lines = text.slice(0, -1).split('\n')
  if (format === 'openmetrics') assert.equal(lines.pop(), '# EOF')
  const types = new Map<string, string>()
  const samples: Sample[] = []
  const seen = new Set<string>()
  let family = ''
  let helped = ''
  for (const line of lines) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (kind === 'HELP') {
      assert.ok(!types.has(name), `${name} is explained twice`)
      helped = name
    } else if (kind === 'TYPE') {
      assert.equal(name, helped, 'HELP stands before TYPE')
      assert.ok(rest in SUFFIXES, line)
      types.set(name, rest)
      family = name
    } else {
      const sample = readSample(line)
      const type = types.get(family) ?? assert.fail(`${line} stands before any TYPE`)
      const suffixes = format === 'openmetrics' && type === 'counter' ? ['_total'] : (SUFFIXES[type] ?? [])
      assert.ok(
        suffixes.some((suffix) => sample.name === family + suffix),
        `${line} does not belong to ${family}`,
      )
      if (type === 'counter') assert.match(sample.name, /_total$/)
      const identity = line.slice(0, line.lastIndexOf(' '))
      assert.ok(!seen.has(identity), `${identity} is there twice`)
      seen.add(identity)
      samples.push(sample)
    }
  }
  const find: MetricsPage['find'] = (name, labels = {}) =>
    samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )
  const total: MetricsPage['total'] = (name, labels) =>
    find(name, labels).reduce((sofar, { value }) => sofar + value, 0)
  const sum: MetricsPage['sum'] = (name, labels) => {
    assert.ok(find(name, labels).length > 0, `${name} ${JSON.stringify(labels ?? {})} is not on the page`)
    return total(name, labels)
  }
  for (const [name, type] of types) if (type === 'histogram') checkHistogram(name, samples)
  return { types, samples, sum, total, find }
}

function readSample(line: string): Sample {
  const [, name = '', labelText = '', number = ''] = SAMPLE.exec(line) ?? assert.fail(`not a sample: ${line}`)
  assert.match(number, NUMBER, line)
  assert.ok(!labelText.endsWith(','), line)
  const labels: Record<string, string> = {}
  let rest = labelText
  while (rest !== '') {
    const [whole, label = '', value = ''] = LABEL.exec(rest) ?? assert.fail(`not a label: ${rest} in ${line}`)
    assert.ok(!(label in labels), `${label} is there twice in ${line}`)
    labels[label] = value.replaceAll(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
    rest = rest.slice(whole.length)
  }
  return { name, labels, value: Number(number) }
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const groups = new Map<string, Sample[]>()
  for (const sample of samples.filter((one) => one.name === `${name}_bucket`)) {
    const { le: _le, ...others } = sample.labels
    const key = JSON.stringify(others)
    groups.set(key, [...(groups.get(key) ?? []), sample])
  }
  assert.ok(groups.size > 0, `${name} has no buckets`)
  for (const [key, buckets] of groups) {
    const bounds = buckets.map(({ labels }) => Number(String(labels['le']).replace('+Inf', 'Infinity')))
    assert.deepEqual(
      bounds,
      [...bounds].sort((one, other) => one - other),
      `${name} ${key} has its buckets in order`,
    )
    assert.equal(bounds.at(-1), Number.POSITIVE_INFINITY)
    const counts = buckets.map(({ value }) => value)
    assert.ok(
      counts.every((count, index) => count >= (counts[index - 1] ?? 0)),
      `${name} ${key} is cumulative: ${counts.join()}`,
    )
    const ofGroup = (suffix: string): readonly Sample[] =>
      samples.filter((one) => one.name === name + suffix && JSON.stringify(one.labels) === key)
    assert.deepEqual(
      ofGroup('_count').map(({ value }) => value),
      [counts.at(-1)],
      `${name} ${key} counts what its last bucket does`,
    )
    assert.equal(ofGroup('_sum').length, 1)
  }
}

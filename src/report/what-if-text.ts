import type { SizingInput } from '../sizing/sizing-input.ts'
import type { WhatIfAnswer } from '../sizing/what-if/what-if.ts'
import type { WhatIfTarget } from '../sizing/what-if/what-if-evidence.ts'
import type { Range } from '../sizing/what-if/what-if-plan.ts'
import {
  formatBytes,
  formatCount,
  formatFraction,
  formatMs,
  formatNumber,
  formatQuantity,
  formatRate,
} from './format.ts'
import type { Column } from './text/columns.ts'
import { type Cell, Page, type TextOptions } from './text/page.ts'

const COLUMNS: readonly Column[] = [
  { title: '', align: 'left' },
  { title: 'expected', align: 'right' },
  { title: 'from', align: 'right', expendable: 1 },
  { title: 'to', align: 'right', expendable: 1 },
  { title: '', align: 'left', minimum: 12, expendable: 2 },
]

/** What the answer is about. */
export interface WhatIfSubject {
  /** The report in words: file, scenario, time. */
  readonly source: string
  readonly measured: Pick<SizingInput, 'measuredCpus' | 'workers' | 'saturated'>
  readonly target: WhatIfTarget
}

/** Machines, their capacity and how many it takes, then how far that may be believed. */
export function renderWhatIf(answer: WhatIfAnswer, subject: WhatIfSubject, options: TextOptions): string {
  const page = new Page(options)
  const { target } = subject
  const asked = target.ratePerS === null ? '' : `, ${formatRate(target.ratePerS)} in all`
  page.heading(`What if: machines of ${cpus(target.cpus)} and ${formatBytes(target.memoryBytes)}${asked}`)
  page.paragraph(subject.source, { label: { text: 'from', tone: 'dim' }, labelColumns: 10 })
  page.paragraph(measuredText(answer, subject), { label: { text: 'measured', tone: 'dim' }, labelColumns: 10 })
  page.heading('What it takes')
  page.table(COLUMNS, rowsOf(answer, target))
  page.heading('How far to believe it')
  const { confidence, doubts, limits } = answer
  page.paragraph(doubts.length === 0 ? 'nothing speaks against the figures' : doubts.join('; '), {
    label: { text: `${confidence} confidence`, tone: confidence === 'low' ? 'warning' : 'bold' },
  })
  for (const limit of limits) page.paragraph(limit, { label: '-' })
  return page.toString()
}

function measuredText({ workerBytes }: WhatIfAnswer, { measured }: WhatIfSubject): string {
  const { saturated, workers, measuredCpus } = measured
  if (saturated === null) return ''
  const { cpuMsPerRequest, busyLoopMsPerRequest, throughputPerS } = saturated
  return [
    `${formatMs(cpuMsPerRequest)} of CPU${busyLoopMsPerRequest === null ? '' : ` and ${formatMs(busyLoopMsPerRequest)} of event loop`} per request`,
    `${formatRate(throughputPerS)} at full load${workers === null ? '' : ` with ${formatQuantity(workers, 'worker')}`} on ${cpus(measuredCpus)}`,
    ...(workerBytes === null ? [] : [`${formatBytes(workerBytes)} planned for each worker`]),
  ].join(', ')
}

function rowsOf(answer: WhatIfAnswer, { ratePerS }: WhatIfTarget): readonly (readonly Cell[])[] {
  const { workers, workersThatFit, binding, capacityPerS, efficiency, plan } = answer
  const holds = workersThatFit === null ? '' : `; memory holds ${formatCount(workersThatFit)}`
  const share = `${formatFraction(efficiency.value)} of linear growth (${efficiency.basis})`
  const rows: (readonly Cell[])[] = [
    ['workers per machine', strong(formatCount(workers)), '', '', dim(`bound by ${binding}${holds}`)],
    [
      'capacity per machine',
      ...figures(capacityPerS, formatRate),
      dim(efficiency.value < 1 ? share : 'no loss by growth'),
    ],
  ]
  if (plan === null) return [...rows, ['planned per machine', '–', '', '', dim('the latency objective was missed')]]
  const why = plan.basis === 'rule' ? 'headroom, a rule' : 'more missed the latency objective'
  rows.push([
    'planned per machine',
    ...figures(plan.ratePerS, formatRate),
    dim(`${formatFraction(plan.share)} of the capacity (${why})`),
  ])
  if (plan.machines === null || ratePerS === null) return rows
  const busy = ratePerS / (plan.machines.value * capacityPerS.value)
  rows.push(['machines', ...figures(plan.machines, formatCount), dim(`each ${formatFraction(busy)} full`)])
  return rows
}

function figures({ value, low, high }: Range, format: (figure: number) => string): readonly Cell[] {
  return [strong(format(value)), format(low), format(high)]
}

function strong(text: string): Cell {
  return { text, tone: 'bold' }
}

function dim(text: string): Cell {
  return { text, tone: 'dim' }
}

function cpus(count: number): string {
  return `${formatNumber(count)} ${count === 1 ? 'CPU' : 'CPUs'}`
}

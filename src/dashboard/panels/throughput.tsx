import { Text } from 'ink'
import type { ReactNode } from 'react'

import { formatCount, formatRate } from '../../report/format.ts'
import { BOX_COLUMNS } from '../layout.ts'
import type { DashboardState } from '../state.ts'
import { ChartLine } from './chart-line.tsx'
import { Panel, type PanelProps } from './panel.tsx'

interface ThroughputProps extends PanelProps {
  readonly state: DashboardState
  readonly chartRows: number
}

/** Answers a second, how many of them are right, and what is under way. */
export function Throughput({ state, columns, signs, chartRows }: ThroughputProps): ReactNode {
  const { latest, samples } = state
  const counts = `goodput ${formatRate(latest?.goodputPerS ?? null)} · in flight ${formatCount(latest?.inFlight ?? null)} · `
  const notGood = latest?.notGood ?? null
  return (
    <Panel title="Throughput, now" columns={columns} signs={signs}>
      <ChartLine
        label="all"
        figure={formatRate(latest?.throughputPerS ?? null)}
        values={samples.map(({ throughputPerS }) => throughputPerS)}
        rows={chartRows}
        color="cyan"
        format={formatRate}
        columns={columns}
        signs={signs}
      />
      <Text wrap="truncate">
        {signs.fit(counts, columns - BOX_COLUMNS)}
        <Text {...(notGood !== null && notGood > 0 ? { color: 'red', bold: true } : {})}>
          {signs.fit(`not good ${formatCount(notGood)}`, columns - BOX_COLUMNS)}
        </Text>
      </Text>
    </Panel>
  )
}

import type { ReactNode } from 'react'

import { formatMs } from '../../report/format.ts'
import type { DashboardState } from '../state.ts'
import { ChartLine } from './chart-line.tsx'
import { Panel, type PanelProps } from './panel.tsx'

const QUANTILES = [
  { label: 'p50', key: 'p50Ms', color: 'green' },
  { label: 'p95', key: 'p95Ms', color: 'yellow' },
  { label: 'p99', key: 'p99Ms', color: 'magenta' },
] as const

interface LatencyProps extends PanelProps {
  readonly state: DashboardState
  readonly chartRows: number
}

/** Response time of the good answers since the phase began. */
export function Latency({ state, columns, signs, chartRows }: LatencyProps): ReactNode {
  return (
    <Panel title="Response time, since the phase began" columns={columns} signs={signs}>
      {QUANTILES.map(({ label, key, color }) => (
        <ChartLine
          key={label}
          label={label}
          figure={formatMs(state.latest?.[key] ?? null)}
          values={state.samples.map((sample) => sample[key])}
          rows={chartRows}
          color={color}
          format={formatMs}
          columns={columns}
          signs={signs}
        />
      ))}
    </Panel>
  )
}

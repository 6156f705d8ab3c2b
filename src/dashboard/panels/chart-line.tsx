import { Text } from 'ink'
import type { ReactNode } from 'react'

import { BOX_COLUMNS } from '../layout.ts'
import { scaleMaximum, sparkline } from '../sparkline.ts'
import type { PanelProps } from './panel.tsx'

const LABEL_COLUMNS = 4
const FIGURE_COLUMNS = 10
const SCALE_COLUMNS = 12

interface ChartLineProps extends PanelProps {
  readonly label: string
  /** The figure of now. */
  readonly figure: string
  /** Oldest first. */
  readonly values: readonly (number | null)[]
  readonly rows: number
  readonly color: string
  readonly format: (value: number) => string
}

/** A figure, how it came to that, and the end of the scale it is drawn on. */
export function ChartLine(props: ChartLineProps): ReactNode {
  const { columns, signs, label, figure, values, rows, color, format } = props
  const chartColumns = columns - BOX_COLUMNS - LABEL_COLUMNS - FIGURE_COLUMNS - SCALE_COLUMNS - 2
  const maximum = scaleMaximum(values)
  const lines = sparkline(values, { columns: chartColumns, rows, maximum, levels: signs.chart.levels })
  return lines.map((line, row) => {
    const isTop = row === 0
    const beside = isTop ? `max ${format(maximum)}` : row === rows - 1 ? '  0' : ''
    return (
      <Text key={row} wrap="truncate">
        <Text bold>{signs.fit(isTop ? label : '', LABEL_COLUMNS).padEnd(LABEL_COLUMNS)}</Text>
        {signs.fit(isTop ? figure : '', FIGURE_COLUMNS).padStart(FIGURE_COLUMNS)}
        <Text color={color}>{` ${line} `}</Text>
        <Text dimColor>{signs.fit(beside, SCALE_COLUMNS)}</Text>
      </Text>
    )
  })
}

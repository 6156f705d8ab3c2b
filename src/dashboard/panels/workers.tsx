import { Box, Text } from 'ink'
import type { ReactNode } from 'react'

import type { ProcessProgress } from '../../core/events.ts'
import { BOX_COLUMNS, processesPerRow } from '../layout.ts'
import { fullBar } from '../signs.ts'
import type { DashboardState } from '../state.ts'
import { Panel, type PanelProps } from './panel.tsx'

const NAME_COLUMNS = 11
const PID_COLUMNS = 8
const FIGURE_COLUMNS = 6

interface WorkersProps extends PanelProps {
  readonly state: DashboardState
  readonly processRows: number
}

/** CPU of every process of the target; a full bar is one CPU. */
export function Workers({ state, columns, signs, processRows }: WorkersProps): ReactNode {
  const processes = state.latest?.processes ?? []
  const room = processRows * processesPerRow(columns)
  const shown = processes.length > room ? processes.slice(0, Math.max(0, room - 1)) : processes
  const hidden = processes.slice(shown.length)
  return (
    <Panel title={titleOf(state)} columns={columns} signs={signs}>
      <Box flexWrap="wrap" height={processRows}>
        {processes.length === 0 && <Text dimColor>{signs.fit(absence(state), columns - BOX_COLUMNS)}</Text>}
        {shown.map((process, index) => (
          <ProcessCell key={process.pid} process={process} index={index} columns={columns} signs={signs} />
        ))}
        {hidden.length > 0 && <Text dimColor>{`${hidden.length} more, ${cpusOf(hidden).toFixed(2)} CPUs`}</Text>}
      </Box>
    </Panel>
  )
}

interface ProcessCellProps extends PanelProps {
  readonly process: ProcessProgress
  readonly index: number
}

function ProcessCell({ process, index, columns, signs }: ProcessCellProps): ReactNode {
  const cellColumns = Math.floor((columns - BOX_COLUMNS) / processesPerRow(columns))
  const bar = fullBar(process.cpus, cellColumns - NAME_COLUMNS - PID_COLUMNS - FIGURE_COLUMNS - 2, signs)
  const name = index === 0 ? 'primary' : `worker ${index}`
  return (
    <Box width={cellColumns}>
      <Text wrap="truncate">
        {name.padEnd(NAME_COLUMNS)}
        <Text dimColor>{String(process.pid).padEnd(PID_COLUMNS)}</Text>
        <Text color={process.cpus >= SATURATED_CPUS ? 'yellow' : 'blue'}>{bar}</Text>
        {process.cpus.toFixed(2).padStart(FIGURE_COLUMNS)}
      </Text>
    </Box>
  )
}

/** From here on a process with one event loop has no CPU time left to give. */
const SATURATED_CPUS = 0.9

function titleOf({ latest, targetEffectiveCpus }: DashboardState): string {
  const processes = latest?.processes ?? []
  if (processes.length === 0) return 'Workers'
  const available = targetEffectiveCpus === null ? '' : ` of ${Number(targetEffectiveCpus.toFixed(2))}`
  return `Workers, ${cpusOf(processes).toFixed(2)}${available} CPUs`
}

function absence({ latest }: DashboardState): string {
  return latest === null ? 'waiting for the first figures' : 'the processes of this target cannot be seen from here'
}

function cpusOf(processes: readonly ProcessProgress[]): number {
  return processes.reduce((sum, { cpus }) => sum + cpus, 0)
}

import { Box, Text, useInput } from 'ink'
import { type ReactNode, useState } from 'react'

import { planLayout, type TerminalSize } from './layout.ts'
import { Compact } from './panels/compact.tsx'
import { Header } from './panels/header.tsx'
import { Latency } from './panels/latency.tsx'
import { Throughput } from './panels/throughput.tsx'
import { Trust } from './panels/trust.tsx'
import { Workers } from './panels/workers.tsx'
import type { Signs } from './signs.ts'
import type { DashboardState } from './state.ts'

const KEYS = 'q quit · ? help'
const HELP = 'q, Ctrl-C: stop, print what was measured · again: stop at once · ?: back'

/** What the dashboard shows, and where its keys go. */
export interface AppProps {
  readonly state: DashboardState
  readonly size: TerminalSize
  readonly signs: Signs
  readonly onQuit: () => void
}

/** The whole dashboard: a function of the state and the size of the terminal, but for the line of help. */
export function App({ state, size, signs, onQuit }: AppProps): ReactNode {
  const [isHelpShown, setHelpShown] = useState(false)
  useInput((input, key) => {
    if (input === 'c' && key.ctrl) onQuit()
    // Keys pressed in quick succession come as one text.
    for (const letter of input) {
      if (letter === 'q') onQuit()
      if (letter === '?') setHelpShown((wasShown) => !wasShown)
    }
  })
  const measuredPhases = state.phases.filter(({ isMeasured }) => isMeasured).length
  const processes = Math.max(state.latest?.processes.length ?? 0, 1 + (state.workers ?? 0))
  const layout = planLayout(size, { measuredPhases, processes })
  const { columns, rows } = layout
  const shared = { state, columns, signs }
  const footer = isHelpShown ? HELP : KEYS
  if (layout.kind === 'compact') return <Compact {...shared} rows={rows} footer={state.warning ?? footer} />
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Header {...shared} />
      <Trust {...shared} phaseRows={layout.phaseRows} />
      <Latency {...shared} chartRows={layout.chartRows} />
      <Throughput {...shared} chartRows={layout.chartRows} />
      {layout.processRows > 0 && <Workers {...shared} processRows={layout.processRows} />}
      <Box flexGrow={1} />
      {layout.hasFooter && (
        <Text wrap="truncate">
          <Text dimColor>{signs.fit(` ${footer}`, columns)}</Text>
          {state.warning !== null && (
            <Text color="yellow">{signs.fit(`   ! ${state.warning}`, columns - footer.length - 1)}</Text>
          )}
        </Text>
      )}
    </Box>
  )
}

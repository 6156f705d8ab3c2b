import { Text } from 'ink'
import type { ReactNode } from 'react'

import { formatCount, formatMs, formatRate } from '../../report/format.ts'
import { type DashboardState, runningPhase } from '../state.ts'
import { phaseText } from './header.tsx'
import type { PanelProps } from './panel.tsx'
import { describeNow } from './trust.tsx'

interface CompactProps extends PanelProps {
  readonly state: DashboardState
  readonly rows: number
  readonly footer: string
}

/** All that finds room in a small terminal, the most important first. */
export function Compact({ state, columns, signs, rows, footer }: CompactProps): ReactNode {
  const { latest } = state
  const running = runningPhase(state)
  const verdicts = state.phases.flatMap(({ name, progress }) =>
    progress.status === 'ended' && progress.run !== null ? [`${name} ${progress.run.validity.verdict}`] : [],
  )
  const lines = [
    running === undefined ? state.target : phaseText(running, signs),
    `p50 ${formatMs(latest?.p50Ms ?? null)}  p95 ${formatMs(latest?.p95Ms ?? null)}  p99 ${formatMs(latest?.p99Ms ?? null)}`,
    `${formatRate(latest?.throughputPerS ?? null)}  in flight ${formatCount(latest?.inFlight ?? null)}  not good ${formatCount(latest?.notGood ?? null)}`,
    footer,
    describeNow(state),
    verdicts.join(' · '),
  ]
  return lines.slice(0, rows).map((line, index) => (
    <Text key={index} wrap="truncate">
      {signs.fit(line, columns)}
    </Text>
  ))
}

import { Text } from 'ink'
import type { ReactNode } from 'react'

import type { Run } from '../../core/report.ts'
import { formatFraction, formatRate } from '../../report/format.ts'
import { printable } from '../../report/terminal-text.ts'
import { BOX_COLUMNS } from '../layout.ts'
import { type DashboardState, type PhaseView, runningPhase } from '../state.ts'
import { Panel, type PanelProps } from './panel.tsx'

const COLOR_BY_VERDICT = { valid: 'green', suspect: 'yellow', invalid: 'red' } as const
const VERDICT_COLUMNS = 9

interface TrustProps extends PanelProps {
  readonly state: DashboardState
  /** Measured phases that find room. */
  readonly phaseRows: number
}

/** Whether the figures may be believed: what is offered and achieved now, and the verdict on every finished phase. */
export function Trust({ state, columns, signs, phaseRows }: TrustProps): ReactNode {
  const inner = columns - BOX_COLUMNS
  const measured = state.phases.filter(({ isMeasured }) => isMeasured)
  return (
    <Panel title="Trust" columns={columns} signs={signs}>
      <Text wrap="truncate">{signs.fit(`${'now'.padEnd(VERDICT_COLUMNS)}${describeNow(state)}`, inner)}</Text>
      {latestOf(measured, phaseRows).map((phase) => {
        const run = phase.progress.status === 'ended' ? phase.progress.run : null
        if (run === null) {
          const text = `${phase.progress.status.padEnd(VERDICT_COLUMNS)}${phase.name}`
          return (
            <Text key={phase.name} dimColor wrap="truncate">
              {signs.fit(text, inner)}
            </Text>
          )
        }
        const { verdict } = run.validity
        return (
          <Text key={phase.name} wrap="truncate">
            <Text bold color={COLOR_BY_VERDICT[verdict]}>
              {verdict.padEnd(VERDICT_COLUMNS)}
            </Text>
            {signs.fit(`${phase.name}, ${describeRun(run)}`, inner - VERDICT_COLUMNS)}
          </Text>
        )
      })}
    </Panel>
  )
}

/** The load of the running phase against what came back, or what the run is busy with otherwise. */
export function describeNow(state: DashboardState): string {
  const { latest, phases } = state
  const running = runningPhase(state)
  if (running?.progress.status !== 'running') {
    const statuses = new Set(phases.map(({ progress }) => progress.status))
    if (!statuses.has('ended')) return 'starting'
    return statuses.has('pending') ? 'between phases' : 'finishing'
  }
  const { load } = running.progress
  if (latest === null) return load
  const answered = formatRate(latest.throughputPerS)
  if (latest.offeredPerS === null) return `${load} · answered ${answered}`
  const fraction = latest.offeredPerS === 0 ? null : latest.throughputPerS / latest.offeredPerS
  const share = fraction === null ? '' : ` (${formatFraction(fraction)})`
  return `${load} · offered ${formatRate(latest.offeredPerS)} · answered ${answered}${share}`
}

function describeRun({ validity, workload, offeredPerS, throughputPerS }: Run): string {
  const reason = validity.reasons[0]
  if (reason !== undefined) return printable(reason.evidence)
  const offered = workload.kind === 'open' ? `offered ${formatRate(offeredPerS)} · ` : ''
  return `${offered}achieved ${formatRate(throughputPerS)}`
}

/** As many as find room, up to the first that has not ended, or the next ones where few have ended. */
function latestOf(phases: readonly PhaseView[], room: number): readonly PhaseView[] {
  const ended = phases.filter(({ progress }) => progress.status === 'ended').length
  const until = Math.min(phases.length, Math.max(room, ended + 1))
  return phases.slice(Math.max(0, until - room), until)
}

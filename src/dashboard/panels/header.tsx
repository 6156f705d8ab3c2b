import { Text } from 'ink'
import type { ReactNode } from 'react'

import { formatQuantity, formatSpan } from '../../report/format.ts'
import { fullBar, type Signs } from '../signs.ts'
import { type DashboardState, type PhaseView, runningPhase } from '../state.ts'
import type { PanelProps } from './panel.tsx'

const BAR_COLUMNS = 12
const BETWEEN_PHASES = '   '

interface HeaderProps extends PanelProps {
  readonly state: DashboardState
}

/** What is measured, and how far it is: two lines. */
export function Header({ state, columns, signs }: HeaderProps): ReactNode {
  const { scenario, target, workers, repetition } = state
  const facts = [
    target,
    ...(workers === null ? [] : [formatQuantity(workers, 'worker')]),
    ...(repetition === 1 ? [] : [`repetition ${repetition}`]),
  ].join(' · ')
  const name = signs.fit(scenario === '' ? 'tune' : `tune · ${scenario}`, columns - 2)
  return (
    <>
      <Text wrap="truncate">
        <Text bold>{` ${name}`}</Text>
        {signs.fit(` · ${facts}`, Math.max(0, columns - name.length - 1))}
      </Text>
      <Phases state={state} columns={columns} signs={signs} />
    </>
  )
}

function Phases({ state, columns, signs }: HeaderProps): ReactNode {
  const texts = state.phases.map((phase) => phaseText(phase, signs))
  const isTooWide = texts.join(BETWEEN_PHASES).length + 1 > columns
  const running = runningPhase(state)
  if (isTooWide) {
    const place = `${state.phases.filter(({ progress }) => progress.status === 'ended').length} of ${state.phases.length} phases`
    const text = running === undefined ? '' : BETWEEN_PHASES + phaseText(running, signs)
    return <Text wrap="truncate">{signs.fit(` ${place}${text}`, columns)}</Text>
  }
  return (
    <Text wrap="truncate">
      {state.phases.map((phase, index) => (
        <Text key={phase.name} dimColor={phase.progress.status === 'pending'} bold={phase === running}>
          {`${index === 0 ? ' ' : BETWEEN_PHASES}${texts[index]}`}
        </Text>
      ))}
    </Text>
  )
}

/** One phase in the list of phases; the running one with its bar. */
export function phaseText({ name, durationMs, progress }: PhaseView, signs: Signs): string {
  switch (progress.status) {
    case 'pending':
      return `${signs.pending} ${name} ${formatSpan(durationMs)}`
    case 'running': {
      const bar = fullBar(progress.elapsedMs / Math.max(durationMs, 1), BAR_COLUMNS, signs)
      const elapsedS = Math.min(progress.elapsedMs, durationMs) / 1_000
      return `${signs.running} ${name} ${bar} ${elapsedS.toFixed(1)} of ${formatSpan(durationMs)}`
    }
    case 'ended':
      return `${signs.ended} ${name}`
  }
}

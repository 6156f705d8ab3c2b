import { constants, setPriority } from 'node:os'

import { render } from 'ink'
import type { ReactNode } from 'react'

import { messageOf } from '../core/errors.ts'
import { endWithParent } from '../host/process-entry.ts'
import { App } from './app.tsx'
import { ASCII_ARGUMENT, type DashboardInput, type DashboardOutput } from './messages.ts'
import { CLEAR_SCREEN, ENTER_SCREEN, LEAVE_SCREEN } from './screen.ts'
import { signsFor } from './signs.ts'
import { INITIAL_STATE, reduce } from './state.ts'

/** Twice as often as figures arrive; takes about 4 % of a core. */
const FRAME_MS = 250
const EXIT_CRASHED = 70
const EXIT_SIGNALLED = 143

const terminal = process.stderr
const signs = signsFor(process.argv[2] !== ASCII_ARGUMENT)
let state = INITIAL_STATE
let drawnState = state
let isLeft = false

// Drawing must not take CPU time from what is measured.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

// The screen is left however the process ends.
process.once('exit', leaveScreen)
tell({ type: 'drawing' })
terminal.write(ENTER_SCREEN)
const dashboard = render(frame(), {
  stdout: terminal,
  stderr: terminal,
  exitOnCtrlC: false,
  patchConsole: false,
})
const frames = setInterval(() => {
  if (state !== drawnState) draw()
}, FRAME_MS)
// Before Ink's own listener, which would draw the frame of the old size into the new one.
terminal.prependListener('resize', draw)

process.on('message', (message: DashboardInput) => {
  switch (message.type) {
    case 'event':
      state = reduce(state, message.event)
      return
    case 'end':
      end(0)
      return
  }
})
// In raw mode Ctrl-C is a key; before that the run hears the signal too, and ends this process.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => end(EXIT_SIGNALLED))
process.on('SIGHUP', () => end(EXIT_SIGNALLED))
process.on('uncaughtException', crash)
dashboard.waitUntilExit().catch(crash)
endWithParent(takeDown)

function frame(): ReactNode {
  const size = { columns: terminal.columns, rows: terminal.rows }
  return <App state={state} size={size} signs={signs} onQuit={() => tell({ type: 'quit' })} />
}

function draw(): void {
  drawnState = state
  dashboard.rerender(frame())
}

function tell(message: DashboardOutput): void {
  process.send?.(message, () => undefined)
}

function takeDown(): void {
  clearInterval(frames)
  dashboard.unmount()
  leaveScreen()
}

/** Once, because a second time would put the cursor back over what was printed since. */
function leaveScreen(): void {
  if (!isLeft) terminal.write(CLEAR_SCREEN + LEAVE_SCREEN)
  isLeft = true
}

function end(code: number): void {
  takeDown()
  process.exit(code)
}

function crash(error: unknown): void {
  takeDown()
  terminal.write(`dashboard: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`)
  process.exit(EXIT_CRASHED)
}

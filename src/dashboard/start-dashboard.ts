import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { writeSync } from 'node:fs'

import type { Milliseconds } from '../core/clock.ts'
import type { BenchEvent } from '../core/events.ts'
import { ASCII_ARGUMENT, type DashboardInput, type DashboardOutput } from './messages.ts'
import { LEAVE_SCREEN } from './screen.ts'

/** How long the dashboard may take to leave the screen by itself. */
const FAREWELL_MS: Milliseconds = 1_000
/** A Ctrl-C that ended the dashboard before it read keys is on its way to this process, too. */
const SIGNAL_TRAVEL_MS: Milliseconds = 200
const STANDARD_ERROR = 2

/** What the dashboard is started with. */
export interface DashboardOptions {
  readonly color: boolean
  readonly unicode: boolean
  /** The user asked to stop; again when asked again. */
  readonly onQuit: () => void
  /** The dashboard ended unasked, and the screen is clean again; `reason` completes "the dashboard ended: ". */
  readonly onLost: (reason: string) => void
}

/** The dashboard in its own process, drawing on stderr and reading keys from stdin. */
export interface Dashboard {
  /** Never throws, also when the dashboard is gone. */
  readonly show: (event: BenchEvent) => void
  /** Ends the dashboard; when the promise settles, the terminal is as it was. */
  readonly close: () => Promise<void>
}

/**
 * Starts the dashboard's process, which exists in dist only, because Node does not run `.tsx`.
 *
 * Ends with this process, also when that calls `process.exit`.
 */
export function startDashboard({ color, unicode, onQuit, onLost }: DashboardOptions): Dashboard {
  const settings = terminalSettings()
  const child = fork(new URL('main.js', import.meta.url), unicode ? [] : [ASCII_ARGUMENT], {
    stdio: ['inherit', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    execArgv: [],
    env: childEnvironment(color),
  })
  let isClosing = false
  let isDrawing = false
  const restoreTerminal = (): void => {
    restoreSettings(settings)
    // On the main screen this would move the cursor.
    if (isDrawing) leaveScreen()
    isDrawing = false
  }
  const onExit = (): void => {
    child.kill('SIGKILL')
    restoreTerminal()
  }
  process.once('exit', onExit)
  const ended = new Promise<void>((resolve) => {
    const finish = (reason: string, wasKilled: boolean): void => {
      process.off('exit', onExit)
      // One that ended by itself has cleaned up, and may have printed why.
      if (wasKilled) restoreTerminal()
      resolve()
      if (!isClosing) setTimeout(onLost, SIGNAL_TRAVEL_MS, reason)
    }
    child.once('error', (error) => finish(error.message, true))
    child.once('exit', (code, signal) => finish(signal ?? `exit code ${code}`, signal !== null))
  })
  child.on('message', (message: DashboardOutput) => {
    switch (message.type) {
      case 'drawing':
        isDrawing = true
        return
      case 'quit':
        onQuit()
    }
  })
  return {
    show: (event) => send(child, { type: 'event', event }),
    close: async () => {
      isClosing = true
      send(child, { type: 'end' })
      const timer = setTimeout(() => child.kill('SIGKILL'), FAREWELL_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

function send(child: ChildProcess, message: DashboardInput): void {
  // A channel may break between the look and the message; then the exit tells.
  if (child.connected) child.send(message, () => undefined)
}

/** Ink asks the environment about colours, and draws nothing but the last frame where that says CI. */
function childEnvironment(color: boolean): NodeJS.ProcessEnv {
  const { NO_COLOR: _, ...environment } = process.env
  return {
    ...environment,
    NODE_ENV: 'production',
    FORCE_COLOR: color ? '1' : '0',
    CI: 'false',
    CONTINUOUS_INTEGRATION: 'false',
  }
}

/**
 * What `stty` needs to bring echo and Ctrl-C back after a dashboard that was killed. Node restores only what it changed in
 * the same process. Undefined where there is no `stty`.
 */
function terminalSettings(): string | undefined {
  const { status, stdout } = spawnSync('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

function restoreSettings(settings: string | undefined): void {
  if (settings !== undefined) spawnSync('stty', [settings], { stdio: ['inherit', 'ignore', 'ignore'] })
}

function leaveScreen(): void {
  try {
    writeSync(STANDARD_ERROR, LEAVE_SCREEN)
  } catch {
    // The terminal is gone, and nothing has to be restored.
  }
}

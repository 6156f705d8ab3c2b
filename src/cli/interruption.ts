import { readFileSync } from 'node:fs'

import { EXIT } from './exit-codes.ts'

/** The user's wish to stop, as a signal for the run and as an exit code for the end. */
export interface Interruption {
  readonly signal: AbortSignal
  /** 130 or 143 after the wish was told; undefined before. */
  readonly exitCode: () => number | undefined
  /** As if the user had pressed Ctrl-C. */
  readonly interrupt: () => void
  readonly dispose: () => void
}

const PARENT_CHECK_MS = 250

/**
 * Turns Ctrl-C, SIGTERM, a closed terminal, and the end of the npx that started tune into one abort. A second Ctrl-C ends
 * the process at once; its children notice by themselves.
 *
 * @param onInterrupt called once, to say at once that the wish was heard
 * @param onHangUp called at each SIGHUP, and tells whether it means the end; without it, it does
 */
export function watchInterruption(onInterrupt: () => void, onHangUp?: () => 'end' | 'go on'): Interruption {
  const controller = new AbortController()
  let exitCode: number | undefined
  const abortWith = (code: number): void => {
    if (exitCode !== undefined) {
      process.exit(exitCode)
    }
    exitCode = code
    onInterrupt()
    controller.abort()
  }
  const onInterruptSignal = (): void => abortWith(EXIT.interrupted)
  const onTerminate = (): void => abortWith(EXIT.terminated)
  const onHangUpSignal = (): void => {
    if (onHangUp === undefined || onHangUp() === 'end') onTerminate()
  }
  process.on('SIGINT', onInterruptSignal)
  process.on('SIGTERM', onTerminate)
  process.on('SIGHUP', onHangUpSignal)
  const stopWatching = watchNpm(() => {
    if (exitCode === undefined) onTerminate()
  })
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    interrupt: onInterruptSignal,
    dispose: () => {
      stopWatching()
      process.off('SIGINT', onInterruptSignal)
      process.off('SIGTERM', onTerminate)
      process.off('SIGHUP', onHangUpSignal)
    },
  }
}

/**
 * npx passes no signal on, so that a run outlives it when it is killed alone. Where npm started tune, its ancestors (npm,
 * or a shell and npm) are looked at now and then; elsewhere a parent may end without meaning anything.
 */
function watchNpm(onGone: () => void): () => void {
  if (process.env['npm_command'] === undefined) return () => undefined
  const parent = process.ppid
  const grandparent = parentOf(parent)
  const timer = setInterval(() => {
    const isSame = process.ppid === parent && (grandparent === undefined || parentOf(parent) === grandparent)
    if (!isSame) onGone()
  }, PARENT_CHECK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

function parentOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(fields.slice(fields.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined // not Linux, or gone: then process.ppid tells
  }
}

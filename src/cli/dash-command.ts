import { isatty } from 'node:tty'

import type { BenchEvent } from '../core/events.ts'
import type { Dashboard } from '../dashboard/start-dashboard.ts'
import { runBench } from './bench-command.ts'
import { progressReporter } from './progress.ts'
import type { RunFlags } from './run-flags.ts'
import { styleOf } from './terminal.ts'

const STANDARD_INPUT = 0
const STANDARD_ERROR = 2

/**
 * Measures like `runBench`, and shows the run live on stderr. Without a terminal for keys and drawing, shows the plain
 * progress instead; a dashboard that ends early leaves the run alone.
 *
 * @returns the exit code of the run
 */
export async function runDash(argument: string | undefined, flags: RunFlags): Promise<number> {
  if (flags.quiet === true) return runBench(argument, flags)
  if (!isatty(STANDARD_INPUT) || !isatty(STANDARD_ERROR) || process.env['TERM'] === 'dumb') {
    process.stderr.write('note: no terminal on stdin and stderr to draw on, showing plain progress\n')
    return runBench(argument, flags)
  }
  const { startDashboard } = await import('../dashboard/start-dashboard.ts')
  const style = styleOf(process.stderr, process.env, flags.color)
  let dashboard: Dashboard | undefined
  let showPlainly: ((event: BenchEvent) => void) | undefined
  const close = async (): Promise<void> => dashboard?.close()
  try {
    return await runBench(argument, flags, {
      onStart: ({ interrupt, exitCode }) => {
        dashboard = startDashboard({
          color: style.color,
          unicode: style.unicode,
          onQuit: interrupt,
          onLost: (reason) => {
            const isStopping = exitCode() !== undefined
            if (!isStopping) process.stderr.write(`note: the dashboard ended (${reason}), the run goes on\n`)
            showPlainly = progressReporter(process.stderr, style)
          },
        })
      },
      onEvent: (event) => {
        if (showPlainly !== undefined) showPlainly(event)
        else dashboard?.show(event)
      },
      beforeResult: close,
    })
  } finally {
    await close()
  }
}

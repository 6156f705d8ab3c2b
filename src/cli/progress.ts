import type { WriteStream } from 'node:tty'

import type { BenchEvent, Progress } from '../core/events.ts'
import { describeProgress } from '../report/progress-line.ts'
import { printable } from '../report/terminal-text.ts'
import type { TerminalStyle } from './terminal.ts'

/** How often a plain log gets a line while a phase goes on. */
const PLAIN_LINE_EVERY_MS = 5_000

/** Where progress goes. */
export type ProgressStream = Pick<WriteStream, 'write'> & { readonly isTTY?: boolean }

/**
 * Shows a run while it goes on: one line that is rewritten on a terminal, plain lines elsewhere. The first live figure
 * comes with the first snapshot, half a second after the load began.
 */
export function progressReporter(stream: ProgressStream, style: TerminalStyle): (event: BenchEvent) => void {
  const isLive = stream.isTTY === true && process.env['TERM'] !== 'dumb'
  let lastPlainMs = Number.NEGATIVE_INFINITY
  const line = (text: string): void => {
    stream.write(`${isLive ? '\r\u001B[2K' : ''}${text}\n`)
  }
  const live = (progress: Progress): void => {
    const text = describeProgress(progress, { width: style.width - 1, unicode: style.unicode })
    if (isLive) stream.write(`\r\u001B[2K${text}`)
    else if (progress.elapsedMs - lastPlainMs >= PLAIN_LINE_EVERY_MS) {
      lastPlainMs = progress.elapsedMs
      line(text)
    }
  }
  return (event) => {
    switch (event.type) {
      case 'detected':
        line(event.placement.explanation)
        return
      case 'target-starting':
        line(`starting ${printable(event.description)}`)
        return
      case 'target-ready':
        line(
          `ready at ${printable(event.url)}${event.workers === null ? '' : `, ${event.workers} worker${event.workers === 1 ? '' : 's'}`} (${Math.round(event.tookMs)} ms)`,
        )
        return
      case 'probe-started':
        line(`probe ${event.number}: ${printable(event.why)}`)
        return
      case 'phase-started':
        lastPlainMs = Number.NEGATIVE_INFINITY
        line(`${event.phase}: ${event.description}`)
        return
      case 'progress':
        live(event.progress)
        return
      case 'phase-ended':
      case 'finished':
        if (isLive) stream.write('\r\u001B[2K')
        return
      case 'warning':
        line(`warning: ${printable(event.message)}${event.hint === undefined ? '' : ` — ${printable(event.hint)}`}`)
        return
      case 'run-planned':
        return
    }
  }
}

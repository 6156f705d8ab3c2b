import type { Progress } from '../core/events.ts'
import { chartSigns, drawBar } from './charts.ts'
import { formatCount, formatMs, formatRate, formatSpan } from './format.ts'
import { cutTo, displayWidth, printable, toAscii } from './terminal-text.ts'

const BAR_COLUMNS = 12

/**
 * The running phase in one line of at most `width` columns: how far it is, throughput, p50, p95 and p99 so far, requests in
 * flight, and those that were not good.
 */
export function describeProgress(
  progress: Progress,
  options: { readonly width: number; readonly unicode?: boolean },
): string {
  const { width, unicode = true } = options
  const { phase, elapsedMs, durationMs } = progress
  const done = Math.min(1, elapsedMs / Math.max(durationMs, 1))
  const signs = chartSigns(unicode)
  const bar = drawBar(done, BAR_COLUMNS, signs).padEnd(BAR_COLUMNS, unicode ? '░' : '.')
  const times = [progress.p50Ms, progress.p95Ms, progress.p99Ms]
  const parts = [
    `${printable(phase)} ${bar} ${formatSpan(Math.round(elapsedMs / 1_000) * 1_000)}/${formatSpan(durationMs)}`,
    formatRate(progress.throughputPerS),
    ...(times.every((ms) => ms === null)
      ? []
      : [
          `p50 ${formatMs(times[0] ?? null)}`,
          `p95 ${formatMs(times[1] ?? null)}`,
          `p99 ${formatMs(times[2] ?? null)}`,
        ]),
    `${formatCount(progress.inFlight)} in flight`,
    ...(progress.notGood > 0 ? [`${formatCount(progress.notGood)} not good`] : []),
  ]
  const text = parts.map((part) => (unicode ? part : toAscii(part)))
  // Bad answers are worth more than the progress bar when there is no room for both.
  const line = text.join('  ')
  const short = displayWidth(line) <= width ? line : line.replace(` ${bar}`, '')
  return cutTo(short, width, unicode ? '…' : '~')
}

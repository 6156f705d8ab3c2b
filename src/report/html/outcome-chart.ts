import type { Outcome } from '../../core/measurement.ts'
import type { Course } from '../course.ts'
import { formatRate } from '../format.ts'
import { escapeMarkup } from '../markup.ts'
import { OUTCOME_WORDS } from '../run-facts.ts'
import { type ChartFrame, framedChart, maximum } from './chart-frame.ts'

/** Between two columns, as a share of one. */
const GAP = 0.12

/** What became of the requests of each second, stacked, the good ones at the bottom. */
export function outcomeChart({ rows, outcomes }: Course, frame: Pick<ChartFrame, 'xTicks' | 'bands'>): string {
  const heights = rows.map((row) => outcomes.reduce((sum, outcome) => sum + ratePerS(row, outcome), 0))
  const legend = outcomes
    .map((outcome) => `<span class="outcome-${outcome}">■ ${escapeMarkup(OUTCOME_WORDS[outcome])}</span>`)
    .join(' ')
  const words = outcomes.map((outcome) => OUTCOME_WORDS[outcome]).join(', ')
  return framedChart(
    { ...frame, title: 'Outcomes', description: `requests per second, from the bottom: ${words}`, formatY: formatRate },
    { xMin: 0, xMax: rows.at(-1)?.toS ?? 1, yMax: maximum(heights) },
    legend,
    ({ toX, toY }) =>
      rows.flatMap((row) => {
        const gapS = (row.toS - row.fromS) * GAP
        const [left, right] = [Number(toX(row.fromS + gapS / 2)), Number(toX(row.toS - gapS / 2))]
        let below = 0
        return outcomes.flatMap((outcome) => {
          const rate = ratePerS(row, outcome)
          if (rate === 0) return []
          const [bottom, top] = [Number(toY(below)), Number(toY((below += rate)))]
          return `<rect class="outcome-${outcome}" x="${left.toFixed(1)}" width="${(right - left).toFixed(1)}" y="${top.toFixed(1)}" height="${(bottom - top).toFixed(1)}"/>`
        })
      }),
  )
}

function ratePerS({ counts, fromS, toS }: Course['rows'][number], outcome: Outcome): number {
  return (counts[outcome] ?? 0) / Math.max(toS - fromS, 0.1)
}

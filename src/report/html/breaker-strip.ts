import type { BreakerState } from '../../core/breaker-state.ts'
import type { Course } from '../course.ts'
import { escapeMarkup } from '../markup.ts'
import { MARGIN, WIDTH } from './chart-frame.ts'

const ROW_HEIGHT = 24
/** What a word of the smallest text needs. */
const WORD_WIDTH = 58

interface Stretch {
  readonly state: BreakerState
  readonly fromS: number
  readonly toS: number
}

/** The worst state of the breakers of each upstream over time, under the charts and on their time scale; empty when none ever opened. */
export function breakerStrip({ rows, brokenUpstreams }: Course): string {
  if (brokenUpstreams.length === 0) return ''
  const endS = rows.at(-1)?.toS ?? 1
  const toX = (second: number): number => MARGIN.left + (second / endS) * (WIDTH - MARGIN.left - MARGIN.right)
  const lanes = brokenUpstreams.map((name) => ({ name, stretches: stretchesOf(rows, name) }))
  const words = lanes.map(
    ({ name, stretches }) =>
      `${name}: ${stretches.map(({ state, fromS, toS }) => `${state} ${fromS} to ${toS} s`).join(', ')}`,
  )
  const drawn = lanes.flatMap(({ name, stretches }, lane) => [
    `<text x="${MARGIN.left - 6}" y="${lane * ROW_HEIGHT + 16}" text-anchor="end">${escapeMarkup(name)}</text>`,
    ...stretches.map(({ state, fromS, toS }) => {
      const [left, right] = [toX(fromS), toX(toS)]
      const word =
        right - left < WORD_WIDTH
          ? ''
          : `<text x="${(left + 5).toFixed(1)}" y="${lane * ROW_HEIGHT + 16}">${state}</text>`
      return `<rect class="breaker-${state}" x="${left.toFixed(1)}" width="${(right - left).toFixed(1)}" y="${lane * ROW_HEIGHT + 2}" height="${ROW_HEIGHT - 4}"/>${word}`
    }),
  ])
  const title = 'Circuit breakers, the worst of all workers'
  return [
    `<figure><figcaption>${title}</figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${lanes.length * ROW_HEIGHT}" role="img" aria-label="${escapeMarkup(`${title}. ${words.join('; ')}`)}">`,
    ...drawn,
    '</svg>',
    '<p class="legend"><span class="breaker-closed">■ closed</span> <span class="breaker-half-open">■ half-open</span> <span class="breaker-open">■ open</span></p>',
    '</figure>',
  ].join('\n')
}

/** Seconds of one state in a row are one stretch; seconds of which nothing is known are left blank. */
function stretchesOf(rows: Course['rows'], name: string): readonly Stretch[] {
  const stretches: Stretch[] = []
  for (const { fromS, toS, breakers } of rows) {
    const state = breakers[name]
    const last = stretches.at(-1)
    if (state === undefined) continue
    if (last?.state === state && last.toS === fromS) stretches[stretches.length - 1] = { ...last, toS }
    else stretches.push({ state, fromS, toS })
  }
  return stretches
}

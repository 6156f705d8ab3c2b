import { escapeMarkup } from '../markup.ts'

/**
 * A table; every text is escaped.
 *
 * @param numbersFrom the first column that holds figures, which are aligned to the right
 */
export function table(
  caption: string,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  numbersFrom = titles.length,
): string {
  const align = (index: number): string => (index < numbersFrom ? '' : ' class="number"')
  const head = titles.map((title, index) => `<th scope="col"${align(index)}>${escapeMarkup(title)}</th>`).join('')
  const body = rows.map(
    (row) => `<tr>${row.map((cell, index) => `<td${align(index)}>${escapeMarkup(cell)}</td>`).join('')}</tr>`,
  )
  // A region that scrolls must be reachable with the keyboard.
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeMarkup(caption)}"><table><caption>${escapeMarkup(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`
}

/** A part that opens on demand, without a script. */
export function details(summary: string, content: string): string {
  return `<details><summary>${escapeMarkup(summary)}</summary>\n${content}\n</details>`
}

/** A paragraph of foreign text, with a class of the style sheet. */
export function paragraph(text: string, className = ''): string {
  return `<p${className === '' ? '' : ` class="${className}"`}>${escapeMarkup(text)}</p>`
}

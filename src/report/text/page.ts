import { chartSigns, type ChartSigns } from '../charts.ts'
import { styleFor, type Style, type Tone } from '../style.ts'
import { cutTo, displayWidth, printable, toAscii, wrap } from '../terminal-text.ts'
import { type Column, fitColumns } from './columns.ts'

/** How text is drawn. */
export interface TextOptions {
  /** Columns; no line is longer, except for a word of a command. */
  readonly width: number
  readonly color: boolean
  /** False: ASCII only. */
  readonly unicode: boolean
}

/** A piece of text and how it sounds; a bare string is plain. */
export type Cell = string | { readonly text: string; readonly tone: Tone }

const INDENT = '  '
const COLUMN_GAP = '  '
/** Running text is hard to read in longer lines. */
const LONGEST_PARAGRAPH = 110

/**
 * Collects lines of a text for a terminal. Everything that goes in is made printable here, so that no section can forget it,
 * and every line is fitted to the width.
 */
export class Page {
  readonly width: number
  readonly signs: ChartSigns
  readonly #unicode: boolean
  readonly #style: Style
  readonly #lines: string[] = []

  constructor(options: TextOptions) {
    this.width = options.width
    this.signs = chartSigns(options.unicode)
    this.#unicode = options.unicode
    this.#style = styleFor(options.color)
  }

  /** An empty line, then a title, with a remark beside it. */
  heading(title: string, remark: Cell = ''): void {
    this.#lines.push('')
    this.line([{ text: title, tone: 'bold' }, typeof remark === 'string' ? { text: remark, tone: 'dim' } : remark], 0)
  }

  /** Cells side by side, cut where the line ends. */
  line(cells: readonly Cell[], indent = 1): void {
    let room = this.width - INDENT.length * indent
    const parts: string[] = []
    for (const cell of cells) {
      const gap = parts.length === 0 ? '' : COLUMN_GAP
      const text = cutTo(this.#clean(textOf(cell)), room - gap.length, this.#cutMark)
      if (text === '' || room - gap.length <= 0) continue
      parts.push(gap + this.#style(text, toneOf(cell)))
      room -= displayWidth(text) + gap.length
    }
    this.#lines.push((INDENT.repeat(indent) + parts.join('')).trimEnd())
  }

  /** Running text over as many lines as it needs, after a label on its first line. */
  paragraph(
    cell: Cell,
    options: { readonly indent?: number; readonly label?: Cell; readonly labelColumns?: number } = {},
  ): void {
    const { indent = 1, label = { text: '', tone: 'dim' } } = options
    const labelText = this.#clean(textOf(label))
    const labelColumns = options.labelColumns ?? (labelText === '' ? 0 : displayWidth(labelText) + COLUMN_GAP.length)
    const margin = INDENT.repeat(indent)
    const room = Math.min(LONGEST_PARAGRAPH, this.width - margin.length - labelColumns)
    for (const [index, text] of wrap(this.#clean(textOf(cell)), Math.max(1, room)).entries()) {
      const shownLabel = cutTo(index === 0 ? labelText : '', labelColumns, '')
      const space = ' '.repeat(labelColumns - displayWidth(shownLabel))
      this.#lines.push(
        (margin + this.#style(shownLabel, toneOf(label)) + space + this.#style(text, toneOf(cell))).trimEnd(),
      )
    }
  }

  /** Rows under titles. Columns that do not fit are narrowed or left out as they allow. */
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    const titles = columns.map((column) => ({ text: column.title, tone: 'dim' }) as const)
    const hasTitles = columns.some((column) => column.title !== '')
    const cells = [...(hasTitles ? [titles] : []), ...rows].map((row) =>
      row.map((cell) => ({ text: this.#clean(textOf(cell)), tone: toneOf(cell) })),
    )
    const widths = fitColumns(columns, cells, this.width - INDENT.length, COLUMN_GAP.length)
    for (const row of cells) {
      const parts = row.flatMap(({ text, tone }, index) => {
        const width = widths[index] ?? 0
        if (width === 0) return []
        const cut = cutTo(text, width, this.#cutMark)
        const space = ' '.repeat(width - displayWidth(cut))
        const shown = this.#style(cut, tone)
        return [columns[index]?.align === 'right' ? space + shown : shown + space]
      })
      this.#lines.push((INDENT + parts.join(COLUMN_GAP)).trimEnd())
    }
  }

  /** Commands to copy, each with what it is for; broken for the shell where they are too long. */
  commands(steps: readonly { readonly command: string; readonly purpose: string }[]): void {
    const broken = steps.map(({ command }) => breakCommand(this.#clean(command), this.width))
    const longest = Math.max(...broken.map((lines) => displayWidth(lines.at(-1) ?? '')))
    for (const [index, { purpose }] of steps.entries()) {
      const lines = broken[index] ?? []
      const last = lines.at(-1) ?? ''
      const remark = this.#clean(`# ${purpose}`)
      const room = this.width - displayWidth(remark) - COLUMN_GAP.length
      const column = Math.min(longest, room)
      const space = ' '.repeat(Math.max(0, column - displayWidth(last)))
      const hasRoom = displayWidth(last) <= room
      this.#lines.push(...lines.slice(0, -1), hasRoom ? last + space + COLUMN_GAP + this.#style(remark, 'dim') : last)
    }
  }

  toString(): string {
    return `${this.#lines.join('\n').replace(/^\n+/, '')}\n`
  }

  get #cutMark(): string {
    return this.#unicode ? '…' : '~'
  }

  #clean(text: string): string {
    const safe = printable(text)
    return this.#unicode ? safe : toAscii(safe)
  }
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

function toneOf(cell: Cell): Tone {
  return typeof cell === 'string' ? 'plain' : cell.tone
}

/** Lines that a shell reads as one command. A word that alone is too long stays whole: cut, it could not be copied. */
function breakCommand(command: string, width: number): readonly string[] {
  const words = command.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? []
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    const longer = line === '' ? INDENT + word : `${line} ${word}`
    if (line === '' || displayWidth(longer) <= width - 2) {
      line = longer
    } else {
      lines.push(`${line} \\`)
      line = INDENT.repeat(2) + word
    }
  }
  return [...lines, line]
}

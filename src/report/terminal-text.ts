// CSI, OSC and the other string sequences up to their end, then any other escape with its one character.
const ESCAPE_SEQUENCE =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)?|\u001B[ -/]*[0-~]?/g
const BREAK = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
/** Controls, and the invisible characters that hide text or turn its direction round. */
const INVISIBLE = /[\p{Cc}\u00AD\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u
const ZERO_WIDTH = /\p{M}/u

const ASCII_FORMS: Readonly<Record<string, string>> = {
  '–': '-',
  '—': '-',
  '‑': '-',
  '−': '-',
  '·': '-',
  '×': 'x',
  '≤': '<=',
  '≥': '>=',
  '≈': '~',
  '±': '+/-',
  '→': '->',
  '…': '...',
  µ: 'u',
  μ: 'u',
  '√': 'sqrt ',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '\u00A0': ' ',
}

/**
 * Foreign text (addresses, server names, messages) as one line that cannot command a terminal: escape sequences and
 * controls are taken out, line breaks become spaces.
 */
export function printable(text: string): string {
  return text.toWellFormed().replaceAll(ESCAPE_SEQUENCE, '').replaceAll(BREAK, ' ').replaceAll(INVISIBLE, '')
}

/** The same text in ASCII: signs by their usual spelling, letters without accents, the rest as `?`. */
export function toAscii(text: string): string {
  return text
    .replaceAll(/[^\0-\u007F]/gu, (sign) => ASCII_FORMS[sign] ?? sign.normalize('NFKD').replaceAll(/\p{M}/gu, ''))
    .replaceAll(/[^\0-\u007F]/gu, '?')
}

/** Columns that the text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0
  for (const sign of text) width += columnsOf(sign)
  return width
}

/** The text if it fits into `width` columns, otherwise its beginning and `mark`. */
export function cutTo(text: string, width: number, mark: string): string {
  if (displayWidth(text) <= width) return text
  const room = width - displayWidth(mark)
  return room <= 0 ? head(text, width) : `${head(text, room).trimEnd()}${mark}`
}

/**
 * Breaks the text at spaces into lines of at most `width` columns; a word that is longer is broken where the line ends.
 *
 * @returns at least one line
 */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (displayWidth(longer) <= width) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (displayWidth(line) > width) {
      const part = head(line, width)
      lines.push(part)
      line = line.slice(part.length)
    }
  }
  return [...lines, line]
}

/** The longest beginning that fits, at least one character, so that whoever cuts in a loop comes to an end. */
function head(text: string, width: number): string {
  let kept = ''
  let used = 0
  for (const sign of text) {
    used += columnsOf(sign)
    if (used > width && kept !== '') break
    kept += sign
  }
  return kept
}

function columnsOf(sign: string): number {
  if (sign >= ' ' && sign <= '~') return 1
  if (ZERO_WIDTH.test(sign)) return 0
  return WIDE.test(sign) ? 2 : 1
}

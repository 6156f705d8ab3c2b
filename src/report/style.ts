/** Says the same as the words it colours: nothing is told by colour alone. */
export type Tone = 'plain' | 'bold' | 'dim' | 'good' | 'warning' | 'bad'

/** Puts a tone around text; without colour, leaves it as it is. */
export type Style = (text: string, tone: Tone) => string

const SGR: Readonly<Record<Exclude<Tone, 'plain'>, readonly [on: string, off: string]>> = {
  bold: ['1', '22'],
  dim: ['2', '22'],
  good: ['32', '39'],
  warning: ['33', '39'],
  bad: ['1;31', '22;39'],
}

/** Colours for a terminal, or none. */
export function styleFor(color: boolean): Style {
  return (text, tone) => {
    if (!color || tone === 'plain' || text === '') return text
    const [on, off] = SGR[tone]
    return `\u001B[${on}m${text}\u001B[${off}m`
  }
}

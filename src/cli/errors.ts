import { messageOf, TuneError } from '../core/errors.ts'
import { printable } from '../report/terminal-text.ts'

/** Prints an error for people: message and hint; for a bug of tune also where it happened. */
export function printError(error: unknown, stream: { readonly write: (text: string) => unknown }): void {
  const lines = [`tune: ${messageOf(error).split('\n').map(printable).join('\n')}`]
  if (error instanceof TuneError) {
    if (error.hint !== undefined) lines.push(`  ${printable(error.hint)}`)
  } else {
    lines.push('  This is a bug in tune; please report it with the lines below.')
    if (error instanceof Error && error.stack !== undefined) lines.push(error.stack)
  }
  stream.write(`${lines.join('\n')}\n`)
}

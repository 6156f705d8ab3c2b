import type { WriteStream } from 'node:tty'

/** How a stream may be written to. */
export interface TerminalStyle {
  readonly width: number
  readonly color: boolean
  readonly unicode: boolean
}

/** Width of text that goes to a file or a pipe. */
const UNKNOWN_WIDTH = 100

/**
 * Decides width, colour and characters of a stream: colour only on a terminal and never under `--no-color`, NO_COLOR,
 * TUNE_NO_COLOR or TERM=dumb; ASCII where the locale is not UTF-8.
 */
export function styleOf(
  stream: Partial<WriteStream>,
  environment: NodeJS.ProcessEnv,
  wantsColor: boolean,
): TerminalStyle {
  const isTerminal = stream.isTTY === true
  const isDumb = environment['TERM'] === 'dumb'
  const forbids = isSet(environment['NO_COLOR']) || isSet(environment['TUNE_NO_COLOR'])
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || 'UTF-8'
  return {
    width: Math.max(40, isTerminal ? (stream.columns ?? UNKNOWN_WIDTH) : UNKNOWN_WIDTH),
    color: isTerminal && wantsColor && !forbids && !isDumb,
    unicode: /utf-?8/i.test(locale) && !(isTerminal && isDumb),
  }
}

/**
 * Lets a command go on, and write its files, when nobody reads what it prints any more: a closed pipe, or a closed terminal.
 *
 * @throws every other error of a stream
 */
export function ignoreLostReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}

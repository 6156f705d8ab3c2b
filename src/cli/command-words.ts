import { parseArgsStringToArgv } from 'string-argv'

import { UsageError } from '../core/errors.ts'

const SHELL_HINT =
  'tune starts the program itself: quotes let it stand for itself, and what needs a shell goes into one: --cmd "sh -c \'…\'"'
const QUOTED = /"[^"]*"|'[^']*'/g

/**
 * What a shell would act upon and tune does not, outside of quotes; the first match is named. `?` and `[` are kept: addresses
 * have them, and a shell leaves them as they are where no file has such a name.
 */
const OPERATORS = /\|\|?|&&?|;|\d?>>?|<|\n|[()*]|(?<=^|\s)[~#]|\{[^\s{}]*(?:,|\.\.)[^\s{}]*\}/
/** What a shell expands also in double quotes. */
const EXPANSIONS = /`|\$[\w({@*#?$!]|\\/

/**
 * Program and arguments of a command line, with quotes as a shell reads them, for a start without a shell: what tune measures
 * and ends is then the program, not a shell around it.
 *
 * @throws {UsageError} for an empty line, a quote that is not closed, and what only a shell would understand
 */
export function commandWords(line: string): readonly [string, ...string[]] {
  const bare = line.replaceAll(QUOTED, '')
  const expandable = line.replaceAll(QUOTED, (text) => (text.startsWith("'") ? '' : text))
  if (/["']/.test(bare)) {
    throw new UsageError('--cmd has a quote that is not closed', { hint: 'close it, or put the other kind around it' })
  }
  const operator = OPERATORS.exec(bare)?.[0] ?? EXPANSIONS.exec(expandable)?.[0]
  if (operator !== undefined) {
    throw new UsageError(`--cmd holds ${JSON.stringify(operator)}, which only a shell understands`, {
      hint: SHELL_HINT,
    })
  }
  const [program, ...args] = parseArgsStringToArgv(line)
  if (program === undefined || program === '') {
    throw new UsageError('--cmd is empty', { hint: 'for example: --cmd "node app.js" --port 3000' })
  }
  const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(program)?.[1]
  if (assignment !== undefined) {
    throw new UsageError(`--cmd begins with the variable ${assignment}, which only a shell would set`, {
      hint: `set it with --env ${assignment}=…, or use a shell: --cmd "sh -c '…'"`,
    })
  }
  return [program, ...args]
}

import { isSecretName, MASK, shownValue, withoutSecrets } from '../core/secrets.ts'

/** The whole secret stands elsewhere. */
const ONLY_REFERENCE = /^\s*\{\{\s*env\.[a-z_]\w*\s*\}\}\s*$/i
/** A header whose value begins with the name of a scheme, such as `Bearer`. */
const WITH_SCHEME = /^(?:proxy-)?authorization:\s*[a-z]+(?=\s)/i

/**
 * The command that gives this run again, for reports: quoted for a shell, with secrets masked: the values of headers and
 * variables whose name tells of one, unless they only name a variable, and the user information of addresses.
 */
export function commandLine(argv: readonly string[]): string {
  const words = argv.map((word, index) => {
    const previous = argv[index - 1]
    if (previous === '-H' || previous === '--header') return shownHeader(word)
    if (previous === '--env') return shownEntry(word)
    const joined = /^(-H|--header=|--env=)(.+)$/s.exec(word)
    if (joined?.[1] === undefined || joined[2] === undefined) return withoutSecrets(word)
    return joined[1] + (joined[1] === '--env=' ? shownEntry(joined[2]) : shownHeader(joined[2]))
  })
  return ['tune', ...words.map(quoted)].join(' ')
}

function shownHeader(word: string): string {
  if (word.startsWith('@')) return word
  const [name = ''] = word.split(':', 1)
  const scheme = WITH_SCHEME.exec(word)?.[0] ?? `${name}:`
  if (ONLY_REFERENCE.test(word.slice(scheme.length))) return word
  return isSecretName(name) ? `${name}: ${MASK}` : withoutSecrets(word)
}

function shownEntry(word: string): string {
  const at = word.indexOf('=')
  return at === -1 || ONLY_REFERENCE.test(word.slice(at + 1))
    ? word
    : `${word.slice(0, at)}=${shownValue(word.slice(0, at), word.slice(at + 1))}`
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

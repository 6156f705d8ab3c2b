/**
 * The command that gives this run again, for reports: quoted for a shell, with the values of headers masked, because they
 * hold secrets.
 */
export function commandLine(argv: readonly string[]): string {
  const words = argv.map((word, index) => {
    const previous = argv[index - 1]
    if (previous === '-H' || previous === '--header') return word.replace(/:.*$/s, ': ***')
    if (/^(-H|--header=)./.test(word)) return word.replace(/:.*$/s, ': ***')
    return word
  })
  return ['tune', ...words.map(quoted)].join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

import { type CaseVerdict, percent } from './tuner-verdicts.ts'

const NAME_WIDTH = 14
/** Of one choice: the number and its regret. */
const CHOICE_WIDTH = 14
const RIVALS = ['2C+1', 'C', '2C', 'mem/512MB', 'grid once']

/** Goodput over worker counts, one line per case: what the choices are held against. */
export function gridLines(verdicts: readonly CaseVerdict[]): readonly string[] {
  return verdicts.map(({ name, cpus, means, generatorCpus }) => {
    const highest = Math.max(...means.values())
    const cells = [...means].map(
      ([workers, perS]) => `${workers}: ${perS.toFixed(perS < 100 ? 1 : 0)}${perS === highest ? '*' : ''}`,
    )
    const head = `${name.padEnd(NAME_WIDTH)}${amountOf(cpus)}, generator ${percent(generatorCpus)} of one`
    return cells.length === 0
      ? `${name.padEnd(NAME_WIDTH)}not measured`
      : `${head.padEnd(NAME_WIDTH + 30)} ${cells.join('  ')}`
  })
}

/** What everybody chose and what it costs, one line per case under a head. */
export function choiceLines(verdicts: readonly CaseVerdict[]): readonly string[] {
  const head = [
    ''.padEnd(NAME_WIDTH),
    'tune'.padStart(CHOICE_WIDTH),
    'probes'.padStart(8),
    'time'.padStart(8),
    'of default'.padStart(12),
    ...RIVALS.map((rule) => rule.padStart(CHOICE_WIDTH)),
  ].join('')
  return [head, ...verdicts.map(choiceLine)]
}

function choiceLine({ name, choice, harmRatio, rivals }: CaseVerdict): string {
  return [
    name.padEnd(NAME_WIDTH),
    choiceOf(choice),
    (choice?.probes.toFixed(0) ?? '-').padStart(8),
    (choice === null ? '-' : `${(choice.tookMs / 1_000).toFixed(0)} s`).padStart(8),
    (harmRatio?.toFixed(3) ?? '-').padStart(12),
    ...RIVALS.map((rule) => choiceOf(rivals.find((rival) => rival.rule === rule) ?? null)),
  ].join('')
}

function choiceOf(chosen: { readonly workers: number; readonly regret: number | null } | null): string {
  return (chosen === null ? '-' : `${chosen.workers} (${percent(chosen.regret)})`).padStart(CHOICE_WIDTH)
}

function amountOf(cpus: number): string {
  const rounded = Number(cpus.toFixed(2))
  return `${rounded} ${rounded === 1 ? 'CPU' : 'CPUs'}`
}

import type { Advised } from './advised.ts'
import type { Evident } from './comments.ts'

/** A variable of the environment; its name consists of capital letters and `_`. */
export interface Variable extends Evident {
  readonly name: string
  readonly value: string
}

/** Settings by their names, Node flags together in NODE_OPTIONS; a flag that is not sure stands by itself. */
export function environmentOf(advised: readonly Advised[]): readonly Variable[] {
  const settings = advised.filter(({ isNodeFlag }) => !isNodeFlag).map((each) => ({ ...each, value: `${each.value}` }))
  const flags = advised.filter(({ isNodeFlag }) => isNodeFlag)
  const sure = flags.filter(({ isSure }) => isSure)
  const together: readonly Variable[] =
    sure.length === 0
      ? []
      : [nodeOptions(sure, ['NODE_OPTIONS set elsewhere is replaced by this: put its other flags here too.'])]
  return [...settings, ...together, ...flags.filter(({ isSure }) => !isSure).map((flag) => nodeOptions([flag], []))]
}

/** A flag of Node as it stands on a command line. */
export function flagText({ name, value }: Advised): string {
  return `${name}=${value}`
}

function nodeOptions(flags: readonly Advised[], remarks: readonly string[]): Variable {
  return {
    name: 'NODE_OPTIONS',
    value: flags.map(flagText).join(' '),
    isSure: flags.every(({ isSure }) => isSure),
    evidence: [...flags.flatMap(({ evidence }) => evidence), ...remarks],
  }
}

import { neededSwitch } from '../../core/recommended-setting.ts'
import type { Advised } from './advised.ts'
import type { Evident } from './comments.ts'

/** A variable of the environment; its name consists of capital letters and `_`. */
export interface Variable extends Evident {
  readonly name: string
  readonly value: string
}

/**
 * Settings by their names, each below the switch that it needs; Node flags together in NODE_OPTIONS, but one that is not sure
 * stands by itself.
 */
export function environmentOf(advised: readonly Advised[]): readonly Variable[] {
  const settings = advised.filter(({ isNodeFlag }) => !isNodeFlag)
  const flags = advised.filter(({ isNodeFlag }) => isNodeFlag)
  const sure = flags.filter(({ isSure }) => isSure)
  const together: readonly Variable[] =
    sure.length === 0
      ? []
      : [nodeOptions(sure, ['NODE_OPTIONS set elsewhere is replaced by this: put its other flags here too.'])]
  return [
    ...withSwitches(settings),
    ...together,
    ...flags.filter(({ isSure }) => !isSure).map((flag) => nodeOptions([flag], [])),
  ]
}

function withSwitches(settings: readonly Advised[]): readonly Variable[] {
  const switched = new Set<string>()
  return settings.flatMap(({ name, text, isSure, evidence }): readonly Variable[] => {
    const variable = { name, value: text, isSure, evidence }
    const needed = neededSwitch(name)
    if (needed === undefined || switched.has(needed.name)) return [variable]
    switched.add(needed.name)
    const isNeeded = settings.some((other) => other.isSure && neededSwitch(other.name)?.name === needed.name)
    const reason = [`${needed.name}: without it what follows has no effect.`]
    return [{ name: needed.name, value: needed.text, isSure: isNeeded, evidence: reason }, variable]
  })
}

/** A flag of Node as it stands on a command line. */
export function flagText({ name, text }: Advised): string {
  return `${name}=${text}`
}

function nodeOptions(flags: readonly Advised[], remarks: readonly string[]): Variable {
  return {
    name: 'NODE_OPTIONS',
    value: flags.map(flagText).join(' '),
    isSure: flags.every(({ isSure }) => isSure),
    evidence: [...flags.flatMap(({ evidence }) => evidence), ...remarks],
  }
}

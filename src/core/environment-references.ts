import { UsageError } from './errors.ts'

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A variable that a text names and that gives it nothing: a secret that is not there is no secret. */
export interface MissingVariable {
  readonly name: string
  readonly problem: 'not set' | 'empty'
}

const REFERENCE = /\{\{\s*env\.([^{}]*?)\s*\}\}/g

/** Whether the text takes something from the environment: `{{env.NAME}}`. */
export function hasReference(text: string): boolean {
  return text.search(REFERENCE) !== -1
}

/**
 * The text with each `{{env.NAME}}` replaced by its variable, and those that are missing, each once, in whose place nothing is put.
 *
 * @param written how a value is put in; without it as it is
 * @throws {UsageError} for a name that no variable has
 */
export function filledText(
  text: string,
  environment: Environment,
  written: (value: string, name: string) => string = (value) => value,
): { readonly text: string; readonly missing: readonly MissingVariable[] } {
  const missing = new Map<string, MissingVariable>()
  const filled = text.replaceAll(REFERENCE, (_, given: string) => {
    const name = variableName(given)
    const value = environment[name]
    if (value !== undefined && value !== '') return written(value, name)
    missing.set(name, { name, problem: value === undefined ? 'not set' : 'empty' })
    return ''
  })
  return { text: filled, missing: [...missing.values()] }
}

/** The values that the references in the text stand for, which no output may show. */
export function referencedValues(text: string, environment: Environment): readonly string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, name = '']) => environment[name] ?? [])
}

/**
 * What stands behind `env.` in a template, when it names a variable.
 *
 * @throws {UsageError} for anything else
 */
export function variableName(text: string): string {
  if (/^[A-Za-z_]\w*$/.test(text)) return text
  throw new UsageError(`{{env.${text}}} does not name an environment variable`, {
    hint: 'the name has letters, digits and _, for example {{env.API_TOKEN}}',
  })
}

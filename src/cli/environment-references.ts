import { UsageError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'

const REFERENCE = /\{\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g

/** Whether the text takes something from the environment: `{{env.NAME}}`. */
export function hasReference(text: string): boolean {
  return text.search(REFERENCE) !== -1
}

/**
 * The text with `{{env.NAME}}` replaced by the variables.
 *
 * @param where the flag in words, for the message
 * @throws {UsageError} for a variable that is not set, or empty: a secret that is not there is no secret
 */
export function filledFromEnvironment(text: string, environment: NodeJS.ProcessEnv, where: string): string {
  return text.replaceAll(REFERENCE, (_, name: string) => {
    const value = environment[name]
    if (value !== undefined && value !== '') return value
    const like = nearest(name, Object.keys(environment))
    throw new UsageError(`${where}: the environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`, {
      hint: `${like === undefined || value === '' ? '' : `did you mean ${like}? `}set it first: export ${name}=…`,
    })
  })
}

/** The values that the references in the text stand for, which no output may show. */
export function referencedValues(text: string, environment: NodeJS.ProcessEnv): readonly string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, name = '']) => environment[name] ?? [])
}

import { filledText } from '../core/environment-references.ts'
import { UsageError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'

/**
 * The text with `{{env.NAME}}` replaced by the variables.
 *
 * @param where the flag in words, for the message
 * @throws {UsageError} for a variable that is not set, or empty, and for a name that no variable has
 */
export function filledFromEnvironment(text: string, environment: NodeJS.ProcessEnv, where: string): string {
  const { text: filled, missing } = filledText(text, environment)
  const [first] = missing
  if (first === undefined) return filled
  const { name, problem } = first
  const like = problem === 'empty' ? undefined : nearest(name, Object.keys(environment))
  throw new UsageError(`${where}: the environment variable ${name} is ${problem}`, {
    hint: `${like === undefined ? '' : `did you mean ${like}? `}set it first: export ${name}=…`,
  })
}

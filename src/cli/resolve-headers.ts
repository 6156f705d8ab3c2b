import { readFile } from 'node:fs/promises'

import { referencedValues } from '../core/environment-references.ts'
import { messageOf, UsageError } from '../core/errors.ts'
import { isSendableHeaderValue } from '../core/request-text.ts'
import { ENGINE_HEADERS } from '../core/scenario-requests.ts'
import { templateNames } from '../core/template.ts'
import { filledFromEnvironment } from './environment-references.ts'
import { type HeaderFlag, parseHeader } from './header-flags.ts'

/** Headers as they are sent, and those of their values that must not be shown. */
export interface ResolvedHeaders {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

/**
 * Reads the files and fills in `{{env.NAME}}`. A later header of the same name replaces an earlier one.
 *
 * @throws {UsageError} for a file that cannot be read, a line that is no header, or a variable that is not set
 */
export async function resolveHeaders(
  flags: readonly HeaderFlag[],
  environment: NodeJS.ProcessEnv,
): Promise<ResolvedHeaders> {
  const headers: Record<string, string> = {}
  const secrets: string[] = []
  for (const flag of flags) {
    for (const { name, value, where } of flag.kind === 'file'
      ? await readHeaders(flag.path)
      : [{ ...flag, where: '-H' }]) {
      if (ENGINE_HEADERS.has(name)) {
        throw new UsageError(`${where} ${name}: tune sets this header itself`, { hint: 'leave it out' })
      }
      checkTemplate(value, `${where} ${name}`)
      const filled = filledFromEnvironment(value, environment, `${where} ${name}`)
      const secretsOfValue = referencedValues(value, environment)
      if (!isSendableHeaderValue(filled) || secretsOfValue.some((secret) => secret.includes('{{'))) {
        throw new UsageError(`${where} ${name}: its value holds a line break, "{{" or a character that is not ASCII`, {
          hint: 'look for a line break at the end of the variable; encode other characters, for example by percent',
        })
      }
      headers[name] = filled
      secrets.push(...secretsOfValue)
      // Without the scheme too: a server that prints the token may leave it out.
      if (flag.kind === 'file') secrets.push(filled, filled.replace(/^\S+\s+/, ''))
    }
  }
  return { headers, secrets }
}

/** What is wrong is told without the value, which may be a secret. */
function checkTemplate(value: string, where: string): void {
  let names: ReturnType<typeof templateNames>
  try {
    names = templateNames(value)
  } catch {
    throw new UsageError(`${where}: its value holds a {{…}} that means nothing`, {
      hint: 'a header may hold {{env.NAME}}, {{index}}, {{client}}, {{client.ip}}, {{uuid}} and {{random(1,100)}}',
    })
  }
  const strange = [...names.columns.map(({ set, column }) => `${set}.${column}`), ...names.captures]
  if (strange.length > 0) {
    throw new UsageError(`${where}: {{${strange[0]}}} would come from a scenario`, {
      hint: 'put this header into the requests of the scenario file, beside its data and captures',
    })
  }
}

async function readHeaders(
  path: string,
): Promise<readonly { readonly name: string; readonly value: string; readonly where: string }[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`-H @${path}: ${messageOf(error)}`, {
      cause: error,
      hint: '@ is followed by the path of a file',
    })
  }
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(?:#|$)/.test(line)) return []
    const where = `-H @${path}, line ${index + 1}:`
    return [{ ...parseHeader(line.trim(), where), where }]
  })
}

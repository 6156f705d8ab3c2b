import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { LineCounter, parseDocument } from 'yaml'

import { ScenarioError, UsageError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { type Scenario, scenarioSchema } from '../core/scenario.ts'
import { explainProblems } from './scenario-problems.ts'

/** The folder of the bundled scenarios, the same for sources and for an installed package. */
const BUNDLED_FOLDER = fileURLToPath(new URL('../../scenarios/', import.meta.url))
const MAX_FILE_BYTES = 1_048_576

/** Names of the bundled scenarios, sorted. */
export async function bundledScenarioNames(): Promise<readonly string[]> {
  const files = await readdir(BUNDLED_FOLDER)
  return files
    .filter((file) => extname(file) === '.yaml')
    .map((file) => basename(file, '.yaml'))
    .sort()
}

/**
 * Reads a bundled scenario by name, or a file by path.
 *
 * @throws {UsageError} when there is no such scenario or file, naming the nearest one
 * @throws {ScenarioError} when the file is not a scenario: every problem with line, column, value and nearest key
 */
export async function loadScenario(nameOrFile: string): Promise<Scenario> {
  const looksLikeFile = /[/\\]|\.(ya?ml|json)$/i.test(nameOrFile)
  if (looksLikeFile) {
    if (!existsSync(nameOrFile)) {
      throw new UsageError(`scenario file "${nameOrFile}" does not exist`, {
        hint: 'give the path of a YAML file, or run: tune scenarios',
      })
    }
    return parseScenario(await readBounded(nameOrFile), nameOrFile)
  }
  const names = await bundledScenarioNames()
  if (!names.includes(nameOrFile)) {
    const guess = nearest(nameOrFile, names)
    throw new UsageError(
      `there is no scenario "${nameOrFile}"${guess === undefined ? '' : `; did you mean "${guess}"?`}`,
      {
        hint: `known scenarios: ${names.join(', ')}; a file needs a path such as ./my-scenario.yaml`,
      },
    )
  }
  const file = join(BUNDLED_FOLDER, `${nameOrFile}.yaml`)
  return parseScenario(await readBounded(file), file)
}

/**
 * Turns the text of a scenario file into a scenario with all defaults applied.
 *
 * @param file the name used in messages
 * @throws {ScenarioError} listing every problem
 */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, maxAliasCount: 100 } as Parameters<
    typeof parseDocument
  >[1])
  if (document.errors.length > 0) {
    throw new ScenarioError(
      `${file} is not valid YAML:\n${document.errors.map((error) => `  ${error.message}`).join('\n')}`,
    )
  }
  const parsed = scenarioSchema.safeParse(document.toJS({ maxAliasCount: 100 }))
  if (parsed.success) return parsed.data
  const problems = explainProblems(parsed.error.issues, document, lines)
  throw new ScenarioError(
    `${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    {
      hint: 'the schema line on top of a bundled scenario lets an editor show the allowed keys',
    },
  )
}

async function readBounded(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`scenario file "${file}" cannot be read`, {
      cause: error,
      hint: 'check the path and its permissions',
    })
  })
  if (text.length > MAX_FILE_BYTES) {
    throw new UsageError(`scenario file "${file}" is larger than 1 MiB`, { hint: 'a scenario is a short YAML text' })
  }
  return text
}

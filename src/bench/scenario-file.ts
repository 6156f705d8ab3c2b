import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { ScenarioError, UsageError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { type Scenario, scenarioSchema } from '../core/scenario.ts'
import { readDataSets } from './scenario-data.ts'
import type { Issue } from './scenario-issues.ts'
import { isModule, readModule } from './scenario-module.ts'
import { explainProblems } from './scenario-problems.ts'
import { plainSource, type ScenarioSource, yamlSource } from './scenario-source.ts'
import { readTextFile } from './scenario-text.ts'

/** The folder of the bundled scenarios, the same for sources and for an installed package. */
const BUNDLED_FOLDER = fileURLToPath(new URL('../../scenarios/', import.meta.url))
const MAX_FILE_BYTES = 1_048_576
/** More would scroll away what is to be read first. */
const MAX_PROBLEMS_TOLD = 20

/** Names of the bundled scenarios, sorted. */
export async function bundledScenarioNames(): Promise<readonly string[]> {
  const files = await readdir(BUNDLED_FOLDER)
  return files
    .filter((file) => extname(file) === '.yaml')
    .map((file) => basename(file, '.yaml'))
    .sort()
}

/**
 * Reads a bundled scenario by name, or a file or module by path, with the data files that it names.
 *
 * @throws {UsageError} when there is no such scenario or file, naming the nearest one
 * @throws {ScenarioError} when the file is not a scenario: every problem with line, column, value and nearest key
 */
export async function loadScenario(nameOrFile: string): Promise<Scenario> {
  const looksLikeFile = /[/\\]|\.(ya?ml|json|[mc]?[jt]s)$/i.test(nameOrFile)
  if (looksLikeFile) {
    if (!existsSync(nameOrFile)) {
      throw new UsageError(`scenario file "${nameOrFile}" does not exist`, {
        hint: 'give the path of a YAML file or of a module, or run: tune scenarios',
      })
    }
    if (!isModule(nameOrFile)) return parseScenario(readText(nameOrFile), nameOrFile)
    const { value, url } = await readModule(nameOrFile)
    return { ...validate(plainSource(value), nameOrFile), module: url }
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
  return parseScenario(readText(file), file)
}

/**
 * Turns the text of a scenario file into a scenario with all defaults applied, and reads the data files that it names.
 *
 * @param file the name used in messages; data files are looked for beside it
 * @throws {ScenarioError} listing every problem
 */
export function parseScenario(text: string, file: string): Scenario {
  return validate(yamlSource(text, file), file)
}

function validate(source: ScenarioSource, file: string): Scenario {
  if (source.value === null || source.value === undefined) {
    throw new ScenarioError(`${file} has 1 problem:\n  line 1, column 1: the document is empty`, {
      hint: 'begin with a copy of a bundled scenario: tune scenarios mixed',
    })
  }
  const parsed = scenarioSchema.safeParse(source.value)
  if (!parsed.success) throw scenarioError(parsed.error.issues, source, file)
  const { data, problems } = readDataSets(parsed.data, file)
  if (problems.length > 0) throw scenarioError(problems, source, file)
  return { ...parsed.data, data }
}

function scenarioError(issues: readonly Issue[], source: ScenarioSource, file: string): ScenarioError {
  const { count, first } = explainProblems(issues, source, MAX_PROBLEMS_TOLD)
  const more = count > first.length ? [`… and ${count - first.length} more`] : []
  return new ScenarioError(
    `${file} has ${count} problem${count === 1 ? '' : 's'}:\n${[...first, ...more].map((line) => `  ${line}`).join('\n')}`,
    { hint: 'the schema line on top of a bundled scenario lets an editor show the allowed keys' },
  )
}

function readText(file: string): string {
  const read = readTextFile(file, MAX_FILE_BYTES)
  switch (read.kind) {
    case 'text':
      return read.text
    case 'missing':
    case 'unreadable':
      throw new UsageError(`scenario file "${file}" cannot be read`, {
        cause: read.cause,
        hint: 'check the path and its permissions',
      })
    case 'too-large':
      throw new UsageError(`scenario file "${file}" is larger than 1 MiB`, { hint: 'a scenario is a short YAML text' })
    case 'binary':
    case 'not-utf-8': {
      const what = read.kind === 'binary' ? 'is a binary file' : 'is not UTF-8 text'
      throw new ScenarioError(`${file}, line ${read.line}: ${what}`, { hint: 'save it as UTF-8' })
    }
  }
}

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

import { Command } from 'commander'

import { commandWords } from '../../../src/cli/command-words.ts'
import { addRecommend } from '../../../src/cli/recommend-options.ts'
import { addRunFlags } from '../../../src/cli/run-flags.ts'
import { SYMPTOM_CHAPTERS } from '../../../src/report/troubleshooting/diagnose.ts'
import { METRIC_FAMILIES } from '../../../src/server/metrics/families.ts'
import { SETTING_NAMES, settingsNamedIn, troubleshootingDocs } from '../../support/troubleshooting-docs.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const SYMPTOMS = SYMPTOM_CHAPTERS.flatMap(([, symptoms]) => symptoms)
const TEXTS = SYMPTOMS.flatMap(({ sign, cause, check, change, commands }) => [sign, cause, check, change, ...commands])

/** Names in capitals that are no settings of the server, and what they are. */
const OTHER_NAMES: ReadonlySet<string> = new Set(['--max-old-space-size'])

test('docs/troubleshooting.md is what the table of symptoms says (npm run troubleshooting-docs writes it)', () => {
  assert.equal(readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8'), troubleshootingDocs())
})

test('each symptom has a name of its own', () => {
  const ids = SYMPTOMS.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
})

test('every setting that is named exists', () => {
  const unknown = TEXTS.flatMap(settingsNamedIn).filter((name) => !SETTING_NAMES.has(name) && !OTHER_NAMES.has(name))
  assert.deepEqual(unknown, [])
})

test('every metric that is named is on the metrics page', () => {
  const families = Object.keys(METRIC_FAMILIES)
  const named = TEXTS.flatMap((text) => text.match(/tune_[a-z_]+/g) ?? [])
  assert.deepEqual(
    named.filter((name) => !families.some((family) => family.startsWith(name))),
    [],
  )
})

test('every reason of a 503 that is named is one that the server gives', () => {
  const sources = ['src/server', 'src/resilience'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(join(ROOT, folder, path), 'utf8')),
  )
  const cause = SYMPTOMS.find(({ id }) => id === 'unavailable')?.cause ?? ''
  const reasons = cause.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? []
  assert.ok(reasons.length > 5)
  assert.deepEqual(
    reasons.filter((reason) => !sources.some((source) => source.includes(`'${reason}'`))),
    [],
  )
})

/** The subcommands with flags of their own; the others are used without any. */
function parserOf(name: string): Command {
  const program = new Command()
  addRunFlags(program.command('bench'))
  addRecommend(
    program,
    () => undefined,
    () => [],
  )
  return (program.commands.find((command) => command.name() === name) ?? program.command(name)).exitOverride()
}

for (const command of new Set(SYMPTOMS.flatMap(({ commands }) => commands))) {
  if (!command.startsWith('npx tune')) continue
  test(`${command} is a command that tune understands`, () => {
    const [, , name = '', ...args] = commandWords(command)
    const known = new Set(parserOf(name).options.flatMap(({ long, short }) => [long, short]))
    if (name === 'serve') for (const flag of ['--set', '--print-settings']) known.add(flag)
    const unknown = args.filter((word) => /^--?[a-z]/.test(word) && !known.has(word))
    assert.deepEqual(unknown, [])
    if (name !== 'bench') return assert.ok(['serve', 'recommend', 'doctor'].includes(name))
    const bench = parserOf('bench').action(() => undefined)
    bench.parse(args, { from: 'user' })
    const [scenario] = bench.args
    assert.ok(scenario === undefined || existsSync(join(ROOT, 'scenarios', `${scenario}.yaml`)), scenario)
  })
}

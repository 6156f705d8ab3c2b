import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { bundledScenarioNames, parseScenario } from '../../src/bench/scenario-file.ts'
import { ScenarioError } from '../../src/core/errors.ts'
import { type Random, seededRandom } from '../../src/core/random.ts'

/** A file that was right, with one line made wrong. */
interface Mutation {
  readonly text: string
  /** The line that must be named, from 1. */
  readonly line: number
}

/** Tries to make the line at an index wrong; undefined when the line is of no such kind. */
type Mutator = (lines: readonly string[], at: number, random: Random) => Mutation | undefined

function withLine(lines: readonly string[], at: number, line: string): Mutation | undefined {
  return line === lines[at]
    ? undefined
    : { text: [...lines.slice(0, at), line, ...lines.slice(at + 1)].join('\n'), line: at + 1 }
}

/** Replaces what the pattern finds in the line. */
function replacing(pattern: RegExp, replacement: string | ((found: string) => string)): Mutator {
  return (lines, at) => {
    const line = lines[at] ?? ''
    return line.startsWith('#')
      ? undefined
      : withLine(
          lines,
          at,
          line.replace(pattern, (found) => (typeof replacement === 'string' ? replacement : replacement(found))),
        )
  }
}

/** Puts a line behind the one that matches, indented like it; the new line is the wrong one. */
function appending(pattern: RegExp, added: (indent: string) => string): Mutator {
  return (lines, at) => {
    const line = lines[at] ?? ''
    if (!pattern.test(line)) return undefined
    const indent = line.slice(0, line.length - line.trimStart().length)
    return { text: [...lines.slice(0, at + 1), added(indent), ...lines.slice(at + 1)].join('\n'), line: at + 2 }
  }
}

const KEY =
  /\b(name|description|lookFor|requests|phases|path|method|weight|expect|body|kind|connections|duration|measured|rate|users|spawnRate|think|status|upstream|silence|arrivals|objectives|settings|faults|clients|data|pick|rows)(?=: )/

/** Kinds of mistakes, each with how it is made; together they reach every part of the schema. */
const MISTAKES: Readonly<Record<string, Mutator>> = {
  'a key is misspelt': (lines, at, random) => {
    const key = KEY.exec(lines[at] ?? '')?.[0]
    if (key === undefined || key === 'name') return undefined // a request may do without its name
    const place = 1 + Math.floor(random() * (key.length - 1))
    const typo = `${key.slice(0, place)}q${key.slice(place)}`
    return replacing(KEY, typo)(lines, at, random)
  },
  'a required key of a phase is missing': replacing(
    /(?<=\{ name: [\w-]+, .*)(?:connections: \d+|spawnRate: \S+|duration: \w+), /,
    '',
  ),
  'the kind of a phase is missing': replacing(/kind: \w+, /, ''),
  'a status is out of range': replacing(/status: \d+/, 'status: 99'),
  'a status is a text': replacing(/status: \d+/, 'status: fine'),
  'a weight is not a number': replacing(/weight: \d+/, 'weight: heavy'),
  'a weight is nothing': replacing(/weight: \d+/, 'weight: 0'),
  'a weight is huge': replacing(/weight: \d+/, 'weight: 1e999'),
  'connections are negative': replacing(/connections: \d+/, 'connections: -4'),
  'connections are a fraction': replacing(/connections: \d+/, 'connections: 2.5'),
  'connections are infinite': replacing(/connections: \d+/, 'connections: .inf'),
  'connections are no number': replacing(/connections: \d+/, 'connections: .nan'),
  'connections are not given': replacing(/connections: \d+/, 'connections: null'),
  'users are a text': replacing(/users: \d+/, 'users: many'),
  'users are too many': replacing(/users: \d+/, 'users: 100001'),
  'a duration has a bad unit': replacing(/duration: \d+m?s?\b/, 'duration: 5 parsecs'),
  'a duration is nothing': replacing(/duration: \d+m?s?\b/, 'duration: 0s'),
  'a duration is a list': replacing(/duration: \d+m?s?\b/, 'duration: [5s]'),
  'a rate is a word': replacing(/rate: \d+\/s/, 'rate: fast'),
  'a rate has a bad unit': replacing(/rate: \d+\/s/, 'rate: 5/fortnight'),
  'a rate is negative': replacing(/rate: \d+\/s/, 'rate: -5/s'),
  'a rate is switched on': replacing(/rate: \d+\/s/, 'rate: true'),
  'a rate refers to a phase that does not come before': replacing(/(?:rate: \d+\/s|\d+% of saturate)/, (found) =>
    found.startsWith('rate') ? 'rate: 50% of nowhere' : '50% of later',
  ),
  'a ramp has a misspelt end': replacing(/\bto: \d+\/s/, 'tow: 5/s'),
  'a kind is unknown': replacing(/kind: \w+/, 'kind: ajar'),
  'a method is unknown': replacing(/method: \w+/, 'method: FETCH'),
  'a method is in small letters': replacing(/method: \w+/, 'method: post'),
  'arrivals are unknown': replacing(/arrivals: \w+/, 'arrivals: clumsy'),
  'measured is a word': replacing(/measured: \w+/, 'measured: perhaps'),
  'a path has no slash': replacing(/path: \//, 'path: '),
  'a path has a blank': replacing(/path: (\S+)/, (found) => `${found} there`),
  'a template is not closed': replacing(/path: \S+/, 'path: "/a?b={{index"'),
  'a template is not known': replacing(/path: \S+/, 'path: "/a?b={{!}}"'),
  'a template has a bad range': replacing(/path: \S+/, 'path: "/a?b={{random(9,1)}}"'),
  'a template names no data set': replacing(/path: \S+/, 'path: "/a?b={{nobody.id}}"'),
  'a template names no capture': replacing(/path: \S+/, 'path: "/a?b={{token}}"'),
  'a template in a body names no data set': replacing(/query: .*(?= \})/, 'query: "{{nobody.id}}"'),
  'a phase has a bad name': replacing(/(?<=- \{ name: )[\w-]+/, 'Not_A_Name'),
  'the scenario has a bad name': replacing(/^name: .*/, 'name: Not A Name'),
  'the description is a list': replacing(/^description: .*/, 'description: [a, b]'),
  'the description is empty': replacing(/^description: .*/, "description: ''"),
  'an upstream is unknown': replacing(/upstream: \w+/, 'upstream: tertiary'),
  'a fault lies behind the end of its phase': replacing(/\bto: \d+s(?=, silence)/, 'to: 900s'),
  'a fault ends before it begins': replacing(/\bfrom: \d+s(?=, to: \d+s, silence)/, 'from: 13s'),
  'a fault says not what is wrong': replacing(/, silence: \w+/, ''),
  'a fault is silent in an unknown way': replacing(/silence: \w+/, 'silence: golden'),
  'a think time is reversed': replacing(/from: 1s, to: 3s/, 'from: 3s, to: 1s'),
  'a spawn rate is nothing': replacing(/spawnRate: \d+\/s/, 'spawnRate: 0/s'),
  'a spike lies behind the end of its phase': replacing(/at: 5s/, 'at: 900s'),
  'an objective is not understood': replacing(/^ {2}- p\d+ < /, '  - p95 about '),
  'an objective has a bad bound': replacing(/^( {2}- p\d+ < ).*/, '  - p95 < soon'),
  'an error rate is bounded from below': replacing(/^ {2}- error rate < /, '  - error rate > '),
  'a setting is a list': replacing(/^( {2}[A-Z_]+): \S+/, (found) => `${found.replace(/:.*/, '')}: [1]`),
  'a pick is unknown': replacing(/pick: \w+/, 'pick: best'),
  'a header check is a number': replacing(/x-cache: \w+/, 'x-cache: 5'),
  'clients are nobody': replacing(/^clients: \d+/, 'clients: 0'),
  'a quote is not closed': replacing(/^description: /, 'description: "'),
  'a bracket is not closed': replacing(/ \}$/, ''),
  'a line is indented by a tab': replacing(/^ {2}(?=- \{)/, '\t'),
  'a colon is missing': replacing(/^(requests|phases|objectives|settings|lookFor):/, (found) => found.slice(0, -1)),
  'an alias stands for nothing': replacing(/weight: \d+/, 'weight: *heavy'),
  'a tag is used': replacing(/weight: \d+/, 'weight: !heavy 5'),
  'a value begins with a reserved sign': replacing(/method: \w+/, 'method: @POST'),
  'the same key stands twice': appending(/^(?:name|description): /, () => 'name: again'),
  'an unknown key is added': appending(/^name: /, () => 'nmae: again'),
  'a second document begins': appending(/^name: /, () => '---'),
  'two phases have one name': appending(
    /^ {2}- \{ name: warm-up, /,
    () => '  - { name: warm-up, kind: closed, connections: 1, duration: 1s }',
  ),
  'a request is a text': appending(/^requests:$/, () => '  - nothing'),
  'a request has no path': appending(/^requests:$/, () => '  - { method: GET }'),
  'a phase is nothing': appending(/^phases:$/, () => '  - null'),
  'a value is a merge key': appending(
    /^phases:$/,
    () => '  - { <<: { name: x }, name: y, kind: closed, connections: 1, duration: 1s }',
  ),
}

/** Every mistake at every line where it can be made. */
async function mutations(): Promise<Map<string, Mutation & { readonly what: string; readonly file: string }>> {
  const random = seededRandom(7)
  const found = new Map<string, Mutation & { readonly what: string; readonly file: string }>()
  for (const name of await bundledScenarioNames()) {
    const lines = readFileSync(new URL(`../../scenarios/${name}.yaml`, import.meta.url), 'utf8').split('\n')
    for (const [what, mutate] of Object.entries(MISTAKES)) {
      for (const at of lines.keys()) {
        const mutation = mutate(lines, at, random)
        if (mutation !== undefined) found.set(`${name}\n${mutation.text}`, { ...mutation, what, file: `${name}.yaml` })
      }
    }
  }
  return found
}

function linesNamed(message: string): readonly number[] {
  return [...message.matchAll(/^ {2}line (\d+), column \d+: /gm)].map((match) => Number(match[1]))
}

test('each of at least 400 broken scenarios is refused with the line that was broken, and no other', async () => {
  const all = [...(await mutations()).values()]
  assert.ok(all.length >= 400, `only ${all.length} mutations`)
  const unused = Object.keys(MISTAKES).filter((what) => !all.some((mutation) => mutation.what === what))
  assert.deepEqual(unused, [], 'every kind of mistake is made somewhere')
  const wrong = all.flatMap(({ text, line, what, file }) => {
    const place = `${file}, line ${line} ("${text.split('\n')[line - 1]}"): ${what}`
    try {
      parseScenario(text, file)
      return [`${place}: was accepted`]
    } catch (error) {
      if (!(error instanceof ScenarioError)) return [`${place}: ${String(error)}`]
      const named = linesNamed(error.message)
      return named.length > 0 && named.every((one) => one === line)
        ? []
        : [`${place}: named ${named.join(', ')}: ${error.message}`]
    }
  })
  assert.deepEqual(wrong, [])
})

import { nearest } from '../../core/nearest.ts'
import { namesOf } from '../../core/setting-definition.ts'
import { SETTINGS } from '../../core/settings-table.ts'
import type { Finding } from './finding.ts'
import type { LintInput } from './lint-input.ts'
import { TUNE_PREFIX } from './stated-settings.ts'

const KNOWN_NAMES = SETTINGS.flatMap(namesOf)

/** Read by something else than the settings table. */
const OTHER_NAMES = new Set(['NODE_OPTIONS', 'UV_THREADPOOL_SIZE'])

/** More than these are not listed by name. */
const MOST_NAMED = 12

/**
 * Names that are no setting: close to one that the file does not state, they are probably misspelt; with the prefix of tune
 * the server would refuse them; all others belong to the service itself, and are only counted. Values are never shown.
 */
export function spellingFindings({ unknown, stated }: LintInput): readonly Finding[] {
  const strangers = unknown.filter((name) => !OTHER_NAMES.has(name))
  const isFree = (name: string): boolean =>
    !SETTINGS.some((definition) => namesOf(definition).includes(name) && stated.has(definition.name))
  const misspelt = strangers.flatMap((name) => {
    const plain = name.startsWith(TUNE_PREFIX) ? name.slice(TUNE_PREFIX.length) : name
    const near = nearest(plain, KNOWN_NAMES)
    const isOurs = plain !== name
    return isOurs || (near !== undefined && isFree(near)) ? [{ name, near, isOurs }] : []
  })
  const others = strangers.filter((name) => !misspelt.some((finding) => finding.name === name))
  return [
    ...misspelt.map(({ name, near, isOurs }): Finding => ({
      rule: 'unknown-name',
      severity: isOurs ? 'wrong' : 'doubtful',
      settings: [],
      arithmetic: `${name} is not a setting that tune knows${isOurs ? `, and ${TUNE_PREFIX} says that it should be one: tune serve would not start` : ''}`,
      change: near === undefined ? 'leave it out' : `${near}, if that is what is meant`,
    })),
    ...(others.length === 0 ? [] : [notJudged(others)]),
  ]
}

function notJudged(names: readonly string[]): Finding {
  const more = names.length - MOST_NAMED
  return {
    rule: 'not-judged',
    severity: 'info',
    settings: [],
    arithmetic: `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}: no settings that tune knows`,
    change: 'nothing, if they belong to the service; tune serve --print-settings lists the names that are judged',
  }
}

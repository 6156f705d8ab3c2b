import { namesOf } from '../../src/core/setting-definition.ts'
import type { SettingDefinition } from '../../src/core/setting-definition.ts'
import { allowedValues } from '../../src/core/setting-value.ts'
import { PRESETS } from '../../src/core/settings-presets.ts'
import { BREAKER_SETTINGS } from '../../src/core/settings/breaker.ts'
import { CACHE_SETTINGS } from '../../src/core/settings/cache.ts'
import { COMPRESSION_SETTINGS } from '../../src/core/settings/compression.ts'
import { CPU_THREAD_SETTINGS } from '../../src/core/settings/cpu-threads.ts'
import { DATABASE_SETTINGS } from '../../src/core/settings/database.ts'
import { HTTP_SETTINGS } from '../../src/core/settings/http.ts'
import { OBSERVABILITY_SETTINGS } from '../../src/core/settings/observability.ts'
import { QUEUE_SETTINGS } from '../../src/core/settings/queue.ts'
import { RATE_LIMIT_SETTINGS } from '../../src/core/settings/rate-limit.ts'
import { UPSTREAM_SETTINGS } from '../../src/core/settings/upstream.ts'
import { WORKERS_SETTINGS } from '../../src/core/settings/workers.ts'

/** The settings under the headings of the page; together they are the whole table. */
export const CHAPTERS: readonly (readonly [heading: string, settings: readonly SettingDefinition[]])[] = [
  ['Workers', WORKERS_SETTINGS],
  ['HTTP', HTTP_SETTINGS],
  ['Response cache', CACHE_SETTINGS],
  ['Circuit breaker', BREAKER_SETTINGS],
  ['Rate limit', RATE_LIMIT_SETTINGS],
  ['Upstreams', UPSTREAM_SETTINGS],
  ['Admission queue', QUEUE_SETTINGS],
  ['Compression', COMPRESSION_SETTINGS],
  ['Database and tasks', DATABASE_SETTINGS],
  ['CPU threads', CPU_THREAD_SETTINGS],
  ['Metrics and logs', OBSERVABILITY_SETTINGS],
]

const HEAD = `# Settings of the bundled server

<!-- Written by \`npm run settings-docs\` from src/core/settings/; change it there. -->

Give them as flags (\`--set NAME=VALUE\`), in the environment (\`NAME\`, or \`TUNE_NAME\`), in a file (\`tune serve --config FILE\`, one
\`NAME=VALUE\` a line) or by a preset (\`--preset NAME\`); the first of these that has a value wins, and then the default.
\`tune serve --print-settings\` shows what is in effect and where it comes from. A wrong name or value stops the start, and one
message lists all of them. Sizes of pools, queues and caches are per worker.

Times may have a unit (\`90\`, \`90s\`, \`1.5m\`, \`500ms\`), and so may sizes (\`1048576\`, \`1mb\`, powers of 1024). Switches are \`true\`, \`yes\`,
\`on\`, \`1\` or their opposites. Of several names the first that has a value counts. *live* settings change on a running server
(SIGHUP); *restart* needs a new start.
`

/** The page docs/settings.md. */
export function settingsDocs(): string {
  const chapters = CHAPTERS.map(([heading, settings]) => {
    const rows = settings.map((setting) => [
      nameCell(setting),
      defaultCell(setting),
      rangeCell(setting),
      setting.reload,
    ])
    const summaries = settings.map(({ summary }) => capitalized(summary))
    const table = rows.map((row, index) => [...row, summaries[index] ?? ''])
    return `## ${heading}\n\n${tableOf(['name', 'default', 'allowed', 'change', 'what it is'], table)}`
  })
  return [HEAD, ...chapters, `## Presets\n\n${presets()}`].join('\n')
}

function presets(): string {
  const rows = Object.entries(PRESETS).map(([name, values]) => [
    `\`${name}\``,
    Object.entries(values)
      .map(([setting, value]) => `\`${setting}=${String(value)}\``)
      .join(' '),
  ])
  return tableOf(['preset', 'what it sets'], rows)
}

function nameCell(setting: SettingDefinition): string {
  const inMs = new Set(setting.millisecondAliases)
  return namesOf(setting)
    .map((name) => `\`${name}\`${inMs.has(name) ? ' (ms)' : ''}`)
    .join(', ')
}

function defaultCell(setting: SettingDefinition): string {
  const shown = String(setting.default)
  if (shown === '') return 'empty'
  if (setting.kind === 'bytes') return `\`${sizeOf(Number(shown))}\``
  const unit = setting.kind === 'duration' ? ` ${setting.unit}` : ''
  return `\`${shown}\`${unit}`
}

function rangeCell(setting: SettingDefinition): string {
  if (setting.kind === 'bytes') return `${sizeOf(setting.min)} to ${sizeOf(setting.max)}`
  return allowedValues(setting)
    .replace('a whole number from ', '')
    .replaceAll('|', String.raw`\|`)
}

/** As it may be typed. */
function sizeOf(bytes: number): string {
  const units = [
    ['gb', 1_073_741_824],
    ['mb', 1_048_576],
    ['kb', 1_024],
  ] as const
  const unit = units.find(([, size]) => bytes > 0 && bytes % size === 0)
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`)
  return lines.join('')
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

import { SETTINGS } from '../../src/core/settings-table.ts'
import { namesOf } from '../../src/core/setting-definition.ts'
import { SYMPTOM_CHAPTERS } from '../../src/report/troubleshooting/diagnose.ts'
import type { Symptom } from '../../src/report/troubleshooting/symptom.ts'

const HEAD = `# Troubleshooting

<!-- Written by \`npm run troubleshooting-docs\` from src/report/troubleshooting/; change it there. -->

From what you see to what you can change. When the figures of a run show one of these, its report says so: the three most urgent in
the terminal, all of them with \`-o report.html\` or \`-o report.md\`. Runs in which something was wrong on purpose are left out, and so are
requests that went wrong while they are fewer than one in a thousand, or than the error objective allows if that is less. Change
one thing at a time and measure again: \`npx tune bench --repeat 3\` shows how much two starts differ by themselves. Settings
are explained in [settings.md](settings.md); they are those of the bundled server, and other servers have the like under other names.
The metrics page on port 9090 is that of \`npx tune serve\`.

*Slow* means: in an open phase, or with users, the response time is above the objective of the run, or its p95 above 200 ms without one.
`

/** The page docs/troubleshooting.md. */
export function troubleshootingDocs(): string {
  const contents = SYMPTOM_CHAPTERS.map(
    ([title, symptoms]) =>
      `- ${title}: ${symptoms.map((symptom) => `[${symptom.title}](#${symptom.id})`).join(' · ')}\n`,
  )
  const chapters = SYMPTOM_CHAPTERS.map(([title, symptoms]) => `## ${title}\n\n${symptoms.map(entry).join('\n')}`)
  return [HEAD, contents.join(''), ...chapters].join('\n')
}

/** Names of settings and Node flags that a text speaks of, as they stand there. */
export function settingsNamedIn(text: string): readonly string[] {
  return text.match(/(?<![\w$])(?:[A-Z][A-Z\d]*_[A-Z\d_]*[A-Z\d]|--[a-z]+(?:-[a-z]+){2,})/g) ?? []
}

/** Every name that a setting has. */
export const SETTING_NAMES: ReadonlySet<string> = new Set(SETTINGS.flatMap(namesOf))

function entry({ id, title, sign, cause, check, change, commands }: Symptom): string {
  const lines = [
    `### <a id="${id}"></a>${title}`,
    '',
    `- **Seen:** ${marked(sign)}.`,
    `- **Probable cause:** ${marked(cause)}`,
    `- **Check:** ${marked(check)}`,
    `- **Change:** ${marked(change)}`,
    '',
    ...commands.map((command) => `      ${command}`),
    '',
  ]
  return lines.join('\n')
}

/** Settings and metrics as code. */
function marked(text: string): string {
  return text.replaceAll(
    /(?<![\w$])(?:([A-Z][A-Z\d_]*[A-Z\d])(?:=[\w:/.-]*\w)?|--[a-z]+(?:-[a-z]+){2,}|[a-z]+_[a-z_]*[a-z_])/g,
    (name, setting?: string) => (setting === undefined || SETTING_NAMES.has(setting) ? `\`${name}\`` : name),
  )
}

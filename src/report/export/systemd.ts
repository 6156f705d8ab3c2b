import { headLines, settingLines } from './comments.ts'
import { environmentOf } from './environment.ts'
import type { ExportInput } from './export-input.ts'

/** A drop-in for a service of systemd, to lie in `NAME.service.d/`. */
export function renderSystemd({ origin, advised }: ExportInput): string {
  const blocks = [
    headLines('#', [...origin, 'Put it into NAME.service.d/tune.conf, then: systemctl daemon-reload.']),
    ['[Service]'],
    ...environmentOf(advised).map((variable) =>
      settingLines('#', variable, `Environment=${quotedSystemd(`${variable.name}=${variable.value}`)}`),
    ),
  ]
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/** A word as systemd.syntax(7) quotes it, with its specifiers (`%`) made plain. */
export function quotedSystemd(word: string): string {
  const escaped = word
    .replaceAll(/[\\"]/g, String.raw`\$&`)
    .replaceAll('%', '%%')
    .replaceAll(/\p{Cc}/gu, (sign) => String.raw`\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `"${escaped}"`
}

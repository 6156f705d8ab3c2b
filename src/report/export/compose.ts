import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import { commentLines, headLines, settingLines } from './comments.ts'
import { environmentOf } from './environment.ts'
import type { ExportInput } from './export-input.ts'
import { quotedYaml } from './yaml-text.ts'

/** A fragment that Compose merges with the service's own file. */
export function renderCompose({ origin, advised, cpus, memoryBytes }: ExportInput): string {
  const variables = environmentOf(advised)
  const lines = [
    ...headLines('#', [
      ...origin,
      'Merge it with your own file: docker compose -f compose.yaml -f THIS up. "app" stands for the name of the service there.',
    ]),
    'services:',
    '  app:',
    variables.some(({ isSure }) => isSure) ? '    environment:' : '    environment: {}',
    ...variables.flatMap((variable) =>
      settingLines('      #', variable, `      ${variable.name}: ${quotedCompose(variable.value)}`),
    ),
    '    deploy:',
    '      resources:',
    ...commentLines('        #', ['What the values above were worked out for: the machine that was measured.']),
    '        limits:',
    `          cpus: ${quotedCompose(cpuText(cpus))}`,
    `          memory: ${quotedCompose(`${Math.max(1, Math.floor(memoryBytes / BYTES_PER_MEBIBYTE))}M`)}`,
  ]
  return `${lines.join('\n')}\n`
}

/** A text as a value in a Compose file, which would otherwise put variables in the place of `$NAME`. */
export function quotedCompose(text: string): string {
  return quotedYaml(text.replaceAll('$', '$$$$'))
}

/** In hundredths, rounded down, so that a quota is never promised more than there is. */
function cpuText(cpus: number): string {
  return String(Math.max(0.01, Math.floor(cpus * 100) / 100))
}

import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import { plannableBytes } from '../../sizing/memory.ts'
import type { Advised } from './advised.ts'
import { commentLines, headLines, settingLines } from './comments.ts'
import { environmentOf, flagText } from './environment.ts'
import type { ExportInput } from './export-input.ts'

const MARK = '      //'
const INNER_MARK = '        //'

/** An `ecosystem.config.cjs`: PM2 starts the workers, so those of the application are not among its variables. */
export function renderPm2(input: ExportInput): string {
  const { origin, advised } = input
  const workers = advised.find(({ name }) => name === 'WEB_CONCURRENCY')
  const memory = advised.find(({ name, value }) => name === 'WORKER_MAX_MEMORY' && value > 0)
  const flags = advised.filter(({ isNodeFlag }) => isNodeFlag)
  const rest = advised.filter((each) => each !== workers && each !== memory && !each.isNodeFlag)
  const lines = [
    ...headLines('//', origin),
    'module.exports = {',
    '  apps: [',
    '    {',
    ...commentLines(MARK, ['Name and script are yours to change.']),
    '      name: "app",',
    '      script: "server.js",',
    ...(workers === undefined ? [] : instanceLines(workers)),
    ...(memory === undefined ? shareLines(input, workers) : memoryLines(memory)),
    '      node_args: [',
    ...flags.flatMap((flag) => settingLines(INNER_MARK, flag, `        ${JSON.stringify(flagText(flag))},`)),
    '      ],',
    '      env: {',
    ...environmentOf(rest).flatMap((variable) =>
      settingLines(INNER_MARK, variable, `        ${variable.name}: ${JSON.stringify(variable.value)},`),
    ),
    '      },',
    '    },',
    '  ],',
    '}',
  ]
  return `${lines.join('\n')}\n`
}

/** 0 would mean one for each CPU of the host. */
function instanceLines(workers: Advised): readonly string[] {
  return [
    ...settingLines(MARK, workers, `      instances: ${Math.max(1, workers.value)},`),
    ...commentLines(MARK, [
      'cluster: the instances share one port. For an application that starts its workers itself, as tune serve does, write instances: 1 and exec_mode: "fork", and set WEB_CONCURRENCY.',
    ]),
    '      exec_mode: "cluster",',
  ]
}

function memoryLines(memory: Advised): readonly string[] {
  return settingLines(MARK, memory, `      max_memory_restart: ${mebibytes(memory.value)},`)
}

/** Above its share of the memory an instance takes from the others. */
function shareLines({ memoryBytes }: ExportInput, workers: Advised | undefined): readonly string[] {
  if (workers === undefined || !workers.isSure) return []
  const instances = Math.max(1, workers.value)
  const evidence = [
    `An instance with more than its share is restarted: memory limit less a reserve, divided among ${instances}; constraint.`,
  ]
  const line = `      max_memory_restart: ${mebibytes(plannableBytes(memoryBytes) / instances)},`
  return settingLines(MARK, { isSure: true, evidence }, line)
}

function mebibytes(bytes: number): string {
  return JSON.stringify(`${Math.max(1, Math.floor(bytes / BYTES_PER_MEBIBYTE))}M`)
}

import type { Advised } from './advised.ts'
import { headLines, settingLines } from './comments.ts'
import type { ExportInput } from './export-input.ts'

/** The settings of gunicorn by those of tune; CPU_THREADS is also known as GUNICORN_THREADS. */
const GUNICORN_NAMES: Readonly<Record<string, { readonly name: string; readonly least: number }>> = {
  WEB_CONCURRENCY: { name: 'workers', least: 1 },
  CPU_THREADS: { name: 'threads', least: 1 },
  WORKER_TIMEOUT: { name: 'timeout', least: 0 },
  GRACEFUL_TIMEOUT: { name: 'graceful_timeout', least: 0 },
  KEEP_ALIVE: { name: 'keepalive', least: 0 },
  MAX_REQUESTS: { name: 'max_requests', least: 0 },
  MAX_REQUESTS_JITTER: { name: 'max_requests_jitter', least: 0 },
}

/** Whether gunicorn has a setting for it. */
export function isOfGunicorn({ name }: Advised): boolean {
  return Object.hasOwn(GUNICORN_NAMES, name)
}

/** A `gunicorn.conf.py` with the settings that the report speaks of; gunicorn takes whole numbers only. */
export function renderGunicorn({ origin, advised }: ExportInput): string {
  const blocks = advised.flatMap((each) => {
    const setting = GUNICORN_NAMES[each.name]
    if (setting === undefined) return []
    return [settingLines('#', each, `${setting.name} = ${Math.max(setting.least, Math.ceil(each.value))}`)]
  })
  return `${[headLines('#', origin), ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`
}

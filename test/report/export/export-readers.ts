import assert from 'node:assert/strict'
import { parseEnv } from 'node:util'
import { runInNewContext } from 'node:vm'

import { parse, parseAllDocuments } from 'yaml'

import type { Report } from '../../../src/core/report.ts'
import { exportReport } from '../../../src/report/export/export-report.ts'

/** The file that must come of the report. */
export function contentOf(kind: string, report: Report): string {
  const exported = exportReport(kind, report)
  if (exported.kind === 'nothing') throw new Error(exported.why)
  return exported.content
}

/** What a reader of the format makes of the file, without its comments. */
export function readExport(kind: string, content: string): unknown {
  switch (kind) {
    case 'env':
      return { ...parseEnv(content) }
    case 'pm2':
      return ecosystemOf(content)
    case 'compose':
    case 'alerts':
      return parse(content, { strict: true })
    case 'k8s':
      return parseAllDocuments(content, { strict: true }).map((document) => {
        assert.deepEqual([document.errors, document.warnings], [[], []])
        return document.toJS() as unknown
      })
    case 'systemd':
    case 'gunicorn':
      return content.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    default:
      throw new Error(`no reader for ${kind}`)
  }
}

/** What `require` would give; it may use nothing of Node. */
function ecosystemOf(content: string): unknown {
  const module = { exports: {} }
  runInNewContext(content, { module })
  return JSON.parse(JSON.stringify(module.exports))
}

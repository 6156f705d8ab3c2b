import type { Report } from '../../core/report.ts'
import { formatQuantity } from '../format.ts'
import { hostLine, scenarioNames } from '../run-facts.ts'
import type { Page } from './page.ts'

const LABEL_COLUMNS = 11

const TARGET_WORDS: Readonly<Record<Report['target']['kind'], string>> = {
  bundled: 'the bundled server',
  url: 'running server',
  command: 'server of the command',
}

/** What was measured, where, and what the reader must know about it. */
export function writeSubject(page: Page, report: Report): void {
  const { tool, host, placement, target, notes, seed } = report
  const written = report.createdAt.replace('T', ' ').replace(/(?::\d\d)?(?:\.\d+)?Z$/, ' UTC')
  page.heading(scenarioNames(report), `${written} · seed ${seed} · ${tool.name} ${tool.version}`)
  const workers = target.workers === null ? '' : `, ${formatQuantity(target.workers, 'worker')}`
  labelled(page, 'target', `${TARGET_WORDS[target.kind]} at ${target.url}${workers}`)
  const settings = Object.entries(target.settings).map(([name, value]) => `${name}=${value}`)
  if (settings.length > 0) labelled(page, 'settings', settings.join(' '))
  labelled(page, 'placement', placement.explanation)
  labelled(page, 'host', hostLine(host))
  for (const note of notes) labelled(page, 'note', note)
}

function labelled(page: Page, label: string, text: string): void {
  page.paragraph(text, { label: { text: label, tone: 'dim' }, labelColumns: LABEL_COLUMNS })
}

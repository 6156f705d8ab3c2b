import type { Report } from '../core/report.ts'
import { renderCsv } from './csv.ts'
import { renderHgrm } from './hgrm.ts'
import { renderHtml } from './html.ts'
import { renderJson } from './json.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { renderNdjson } from './ndjson.ts'
import { renderProm } from './prom.ts'

/** Turns a report into the text of a file. */
export type Renderer = (report: Report) => string

const RENDERERS: ReadonlyMap<string, Renderer> = new Map([
  ['.json', renderJson],
  ['.ndjson', renderNdjson],
  ['.html', renderHtml],
  ['.md', renderMarkdown],
  ['.xml', renderJunit],
  ['.csv', renderCsv],
  ['.prom', renderProm],
  ['.hgrm', renderHgrm],
])

/** The kinds of report files, each by its extension with the dot. */
export const REPORT_EXTENSIONS: readonly string[] = [...RENDERERS.keys()]

/** The renderer for an extension such as `.json`, in any case; undefined when there is none. */
export function rendererFor(extension: string): Renderer | undefined {
  return RENDERERS.get(extension.toLowerCase())
}

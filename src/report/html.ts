import type { Report } from '../core/report.ts'
import { details } from './html/elements.ts'
import { runSection } from './html/run-section.ts'
import { STYLE_SHEET } from './html/style-sheet.ts'
import {
  adviceSection,
  objectivesSection,
  overviewSection,
  surroundingsSection,
  validitySection,
} from './html/summary-sections.ts'
import { troubleshootingSection } from './html/troubleshooting-section.ts'
import { tuningSection } from './html/tuning-section.ts'
import { escapeMarkup } from './markup.ts'
import { scenarioNames } from './run-facts.ts'

/** Nothing is loaded and no script runs, whatever a measured server put into a name. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

/** Each phase with its charts; those of a search are many, and few want to see them. */
function phasesOf({ runs, tuning }: Report): string {
  const sections = runs.map((run) => runSection(run, runs)).join('\n')
  return tuning === undefined ? sections : details('All phases, one by one', sections)
}

/** One page that needs nothing else: charts drawn as SVG, every figure also as text, light and dark. */
export function renderHtml(report: Report): string {
  const title = escapeMarkup(`tune: ${scenarioNames(report)}`)
  const sections = [
    validitySection(report),
    objectivesSection(report),
    tuningSection(report),
    overviewSection(report),
    troubleshootingSection(report),
    adviceSection(report),
    phasesOf(report),
    surroundingsSection(report),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE_SHEET}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${sections.filter((section) => section !== '').join('\n')}
</main>
</body>
</html>
`
}

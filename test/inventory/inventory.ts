import { takeInventory, totals } from './take-inventory.ts'
import { testTitles } from './test-titles.ts'

/**
 * Prints every item of the research with the tests that show it, or why there is none: `npm run test:inventory`. Ends with
 * 1 when an item has neither.
 */
const { rows, problems } = takeInventory(testTitles())
for (const { id, what, standing, evidence } of rows) {
  const [first = '', ...more] = evidence
  const others = more.length === 0 ? '' : ` (+${more.length})`
  console.log(`${id.padEnd(5)}${standing.padEnd(9)}${what.padEnd(62)} ${first}${others}`)
}
console.log('\n     shown  reason  planned  missing')
for (const [letters, ...counts] of totals(rows)) {
  const [shown = 0, reasons = 0, planned = 0, missing = 0] = counts
  const cells = [
    String(shown).padStart(5),
    String(reasons).padStart(8),
    String(planned).padStart(9),
    String(missing).padStart(9),
  ]
  console.log(`${letters.padEnd(5)}${cells.join('')}`)
}
for (const problem of problems) console.error(`problem: ${problem}`)
process.exitCode = problems.length === 0 ? 0 : 1

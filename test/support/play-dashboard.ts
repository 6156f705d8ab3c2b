/**
 * Plays scripted events to the built dashboard in this terminal: node test/support/play-dashboard.ts [workers] [ms between events].
 * Says on stdout how the dashboard ended; q ends it.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import type * as StartDashboard from '../../src/dashboard/start-dashboard.ts'
import { scriptedEvents } from './dashboard-script.ts'

const [workers = 2, betweenEventsMs = 500] = process.argv.slice(2).map(Number)
const built = new URL('../../dist/dashboard/start-dashboard.js', import.meta.url).href
// The same module, built: only there the dashboard has its process entry.
const { startDashboard } = (await import(built)) as typeof StartDashboard

let isOver = false
const dashboard = startDashboard({
  color: true,
  unicode: true,
  onQuit: () => {
    isOver = true
  },
  onLost: (reason) => process.stdout.write(`lost: ${reason}\n`),
})
for (const event of scriptedEvents(workers)) {
  if (isOver) break
  dashboard.show(event)
  await sleep(betweenEventsMs)
}
await dashboard.close()
process.stdout.write(isOver ? 'quit\n' : 'played\n')
process.exit()

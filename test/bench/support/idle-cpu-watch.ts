/** Process entry: watches the pauses of an idle spin loop on its CPU, each time it is told for how long, and tells them. */
import { watchPauses } from '../../../src/host/hiccups.ts'
import { preferThisThread } from '../../../src/host/priority.ts'
import { endWithParent } from '../../../src/host/process-entry.ts'
import { systemClock } from '../../../src/host/system-clock.ts'

endWithParent()
// As the generator does.
preferThisThread(true)
process.on('message', (durationMs) => process.send?.(watchPauses(Number(durationMs), systemClock)))
process.send?.('ready')

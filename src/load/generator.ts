/**
 * Process entry: a load generator that is told what to send by the process that forked it, and ends with it.
 * The protocol is core/generator-messages.ts.
 */
import type { Milliseconds } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import type { ControllerMessage, GeneratorMessage, GeneratorPlan } from '../core/generator-messages.ts'
import { measureHiccups } from '../host/hiccups.ts'
import { endWithParent } from '../host/process-entry.ts'
import { systemClock } from '../host/system-clock.ts'
import { createLoadDriver } from './driver.ts'

/** Long enough to see a pause that 1 % of the time is made of. */
const HICCUP_WATCH_MS: Milliseconds = 150

const driver = createLoadDriver()
let plan: GeneratorPlan | undefined

function tell(message: GeneratorMessage): void {
  // A controller that is gone reads nothing; endWithParent ends this process.
  if (process.connected) process.send?.(message)
}

async function runPhase(current: GeneratorPlan): Promise<void> {
  try {
    const result = await driver.run(current, { onSnapshot: (snapshot) => tell({ type: 'snap', snapshot }) })
    tell({ type: 'final', result })
  } catch (error) {
    tell({ type: 'failed', message: messageOf(error) })
  }
}

function onMessage(message: ControllerMessage): void {
  switch (message.type) {
    case 'plan':
      plan = message.plan
      tell({ type: 'ready', hiccupP99Ms: measureHiccups(HICCUP_WATCH_MS, systemClock).p99Ms })
      break
    case 'start':
      if (plan === undefined) tell({ type: 'failed', message: 'it was started without a plan' })
      else void runPhase(plan)
      break
    case 'stop':
      driver.stop(message.drainMs)
      break
  }
}

// A terminal sends Ctrl-C to the whole group; whether a phase is cut short is for the controller to decide.
process.on('SIGINT', () => undefined)
// Only the controller that forked this process can send here, and it sends nothing else.
process.on('message', (message) => onMessage(message as ControllerMessage))
endWithParent()
tell({ type: 'hello' })

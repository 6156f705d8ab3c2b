import type { Milliseconds } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import type { ControllerMessage, GeneratorBeat, GeneratorMessage, GeneratorPlan } from '../core/generator-messages.ts'
import { peakRatePerS } from '../core/rate-profile.ts'
import type { Workload } from '../core/workload.ts'
import { restCompiler } from '../host/compiler.ts'
import { measureHiccups } from '../host/hiccups.ts'
import { preferThisThread } from '../host/priority.ts'
import { endWithParent } from '../host/process-entry.ts'
import { systemClock } from '../host/system-clock.ts'
import type { LoadDriver } from './driver.ts'
import { loadModuleFunctions, type ModuleFunctions } from './module-functions.ts'
import { localMoment } from './monotonic.ts'

/** Long enough to see a pause that 1 % of the time is made of. */
const HICCUP_WATCH_MS: Milliseconds = 150

/** A third of what one process can send. */
const EASY_RATE_PER_S = 10_000

type StartMessage = Extract<ControllerMessage, { readonly type: 'start' }>

/** A plan with what was imported for it. */
interface PreparedPhase {
  readonly plan: GeneratorPlan
  readonly functions: ModuleFunctions | undefined
}

/**
 * Makes this process a load generator: from now on it does what the process that forked it says, in the messages of
 * core/generator-messages.ts, and ends with it.
 */
export function serveGenerator(driver: LoadDriver): void {
  let prepared: PreparedPhase | undefined
  /** Answers per second of the latest phase of each kind of load that was applied, so that its code is compiled. */
  const practised = new Map<Workload['kind'], number>()

  async function prepare(plan: GeneratorPlan): Promise<void> {
    prepared = undefined
    const names = plan.requests.map(({ name }) => name)
    const functions = plan.module === undefined ? undefined : await loadModuleFunctions(plan.module, names)
    await driver.prepare(plan, functions)
    prepared = { plan, functions }
    // Only where it has a CPU of its own is nobody else held up by it.
    preferThisThread(plan.maySpin)
    restCompiler(isEasy(plan, practised.get(plan.workload.kind)))
    tell({ type: 'ready', hiccupP99Ms: measureHiccups(HICCUP_WATCH_MS, systemClock).p99Ms })
  }

  async function start({ atMonotonicMs, wantsBeats }: StartMessage): Promise<void> {
    if (prepared === undefined) throw new Error('it was started without a plan')
    const { plan, functions } = prepared
    const result = await driver.run(
      plan,
      {
        onSnapshot: (snapshot) => tell({ type: 'snap', snapshot }),
        ...(wantsBeats && { onBeat: (beat: GeneratorBeat) => tell({ type: 'beat', beat }) }),
      },
      { startMs: localMoment(atMonotonicMs), functions },
    )
    practised.set(plan.workload.kind, (result.completedWhileSending * 1_000) / Math.max(result.sendingMs, 1))
    tell({ type: 'final', result })
  }

  function onMessage(message: ControllerMessage): void {
    switch (message.type) {
      case 'plan':
        prepare(message.plan).catch(tellFailure)
        break
      case 'start':
        start(message).catch(tellFailure)
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
  endWithParent(() => driver.close())
  tell({ type: 'hello' })
}

/**
 * It can be sent without the fastest code, so that punctuality counts for more.
 *
 * @param practisedPerS answers per second of such a load, by which a closed loop is judged; undefined when there was none: then
 *   its code is not compiled yet
 */
function isEasy({ workload, share }: GeneratorPlan, practisedPerS: number | undefined): boolean {
  if (practisedPerS === undefined) return false
  switch (workload.kind) {
    case 'closed':
      return practisedPerS <= EASY_RATE_PER_S
    case 'open':
      return peakRatePerS(workload.stretches) <= EASY_RATE_PER_S * share.of
    case 'users':
      return true
  }
}

function tell(message: GeneratorMessage): void {
  // A controller that is gone reads nothing; endWithParent ends this process.
  if (process.connected) process.send?.(message)
}

function tellFailure(error: unknown): void {
  tell({ type: 'failed', message: messageOf(error) })
}

import { resolveSettings } from '../../../src/core/settings.ts'
import { forkPinned, stopProcess } from '../../../src/host/pinned-process.ts'
import { STEADY_HEAP_FLAGS } from '../../../src/host/process-entry.ts'
import { childMessage } from '../../../src/server/child-message.ts'
import { serverOptions } from '../../../src/server/options.ts'
import { startSimulators } from '../../../src/server/simulators.ts'
import type { SoakAnswer, SoakQuestion, SoakReading } from './soak-messages.ts'

/** Everything that can be switched on is on, without getting in the way of one client that sends as fast as it can. */
const SETTINGS = {
  WEB_CONCURRENCY: '1',
  MAX_REQUESTS: '0',
  RATE_LIMIT_DEFAULT: '1000000/second',
  QUEUE_ENABLED: 'true',
  CPU_THREADS: '1',
  KEEP_ALIVE: '5',
  GRACEFUL_TIMEOUT: '1',
  METRICS_TOKEN: 'not-a-secret',
  // A connection beyond the pool would be a thread that is started for one query.
  DATABASE_MAX_OVERFLOW: '0',
}
/** Of the calls of the preferred upstream; the other one then answers. */
const FAILED_CALLS = 0.02
const SEED = 1
const ANSWER_TIMEOUT_MS = 30_000
const END_TIMEOUT_MS = 15_000

/** The bundled server, one worker of it, with all its layers. */
export interface SoakTarget {
  readonly url: string
  /** Collects garbage first. */
  readonly read: () => Promise<SoakReading>
  /** @returns whether the process ended by itself once it had drained: nothing was left that kept it alive */
  readonly end: () => Promise<boolean>
  /** Ends what is still there. */
  readonly close: () => Promise<void>
}

/** Starts it and its simulated upstreams. */
export async function startSoakTarget(): Promise<SoakTarget> {
  const simulators = await startSimulators({ cpus: [], seed: SEED })
  const { child, output } = forkPinned(new URL('./soak-server.ts', import.meta.url), {
    cpus: [],
    execArgv: ['--expose-gc', ...STEADY_HEAP_FLAGS],
  })
  const ask = <Wanted>(question: SoakQuestion, match: (answer: SoakAnswer) => Wanted | undefined): Promise<Wanted> => {
    const answer = childMessage(child, {
      name: 'the server',
      timeoutMs: ANSWER_TIMEOUT_MS,
      output,
      match: (message) => match(message as SoakAnswer), // it says nothing else
    })
    child.send(question)
    return answer
  }
  const close = async (): Promise<void> => {
    await stopProcess(child, { graceMs: 1_000 })
    await simulators.stop()
  }
  try {
    await simulators.setFault('primary', { errorRate: FAILED_CALLS })
    const upstreams = simulators.addresses.map(({ name, url }) => `${name}=${url}`).join(',')
    const settings = resolveSettings({ flags: { ...SETTINGS, UPSTREAMS: upstreams }, environment: {} })
    const start: SoakQuestion = { type: 'start', options: serverOptions(settings, 1) }
    return {
      url: await ask(start, (answer) => ('url' in answer ? answer.url : undefined)),
      read: () => ask({ type: 'read' }, (answer) => ('reading' in answer ? answer.reading : undefined)),
      end: () =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, END_TIMEOUT_MS, false)
          child.once('exit', (code) => {
            clearTimeout(timer)
            resolve(code === 0)
          })
          child.send({ type: 'end' } satisfies SoakQuestion)
        }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Process entry: a load generator without sockets and without time. What becomes of a request, and how long it takes,
 * follows from its number in the phase alone.
 */
import type { GeneratorPlan, GeneratorResult } from '../../src/core/generator-messages.ts'
import { seededRandom } from '../../src/core/random.ts'
import type { LoadDriver } from '../../src/load/driver.ts'
import { Pacer } from '../../src/load/pacer.ts'
import { Recorder } from '../../src/load/recorder.ts'
import { RequestSource } from '../../src/load/request-source.ts'
import { serveGenerator } from '../../src/load/serve-generator.ts'

const driver: LoadDriver = {
  prepare: () => Promise.resolve(),
  async run(plan, { onSnapshot, onBeat }) {
    const recorder = new Recorder(plan.requests.map(({ name }) => name))
    const lastMs = sendAll(plan, recorder)
    onSnapshot(recorder.snapshot(lastMs))
    onBeat?.({ elapsedMs: lastMs, completed: recorder.completed })
    return resultOf(recorder, lastMs)
  },
  stop: () => undefined,
  close: () => Promise.resolve(),
}

/** @returns when the last one was sent */
function sendAll({ workload, requests, share, seed, ...plan }: GeneratorPlan, recorder: Recorder): number {
  if (workload.kind !== 'open') throw new Error(`there is no fake of ${workload.kind} loops`)
  const { stretches, arrivals } = workload
  const pacer = new Pacer({ stretches, arrivals, share }, seededRandom(seed))
  const source = new RequestSource({ ...plan, workload, requests, share, seed })
  let lastMs = 0
  for (; pacer.nextMs !== Infinity; pacer.advance()) {
    const { number } = pacer
    lastMs = pacer.nextMs
    settle(recorder, source.next(0).route, number, lastMs % 1)
  }
  return lastMs
}

function settle(recorder: Recorder, route: number, number: number, latenessMs: number): void {
  const serviceMs = 0.1 + ((number * 7_919) % 100_003) / 100
  if (number % 23 === 5) {
    recorder.drop(route)
    return
  }
  recorder.send(route, latenessMs)
  if (number % 19 === 3) recorder.lose(route, `E${number % 25}`)
  else if (number % 17 === 4) recorder.timeOut(route, serviceMs + latenessMs, serviceMs)
  else if (number % 31 !== 6) {
    const answer = {
      outcome: number % 13 === 0 ? 'limited' : 'good',
      statusCode: 200,
      isCached: number % 2 === 0,
    } as const
    recorder.answer(route, answer, serviceMs + latenessMs, serviceMs)
  }
}

function resultOf(recorder: Recorder, lastMs: number): GeneratorResult {
  return {
    ...recorder.result(),
    sendingMs: lastMs,
    totalMs: lastMs,
    cpuMs: 2,
    runQueueDelayMs: 1,
    loopDelayP99Ms: 0.5,
    connectionsOpened: 3,
  }
}

serveGenerator(driver)

import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'

import { FaultTimeline } from '../../src/bench/fault-timeline.ts'
import { faultWords } from '../../src/bench/fault-words.ts'
import type { PlannedFault } from '../../src/bench/phases.ts'
import { TargetError } from '../../src/core/errors.ts'
import type { UpstreamFault } from '../../src/server/messages.ts'
import { FakeClock } from '../support/fake-clock.ts'

const DOWN: PlannedFault = { upstream: 'primary', fromMs: 5_000, toMs: 10_000, fault: { errorRate: 1 } }

/** A target that notes what it is told, each command taking effect at once. */
function timelineOf(planned: readonly PlannedFault[]) {
  const clock = new FakeClock()
  const told: [second: number, upstream: string, fault: UpstreamFault][] = []
  const setFault = (upstream: string, fault: UpstreamFault): Promise<void> => {
    told.push([(clock.now() - 1_000) / 1_000, upstream, fault])
    return Promise.resolve()
  }
  return { clock, told, timeline: new FaultTimeline(planned, setFault, clock) }
}

/** In steps, so that commands go out in the second in which they are due. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    clock.advance(Math.min(left, 1_000))
    await turn()
  }
}

test('a fault is switched on and off at its moments, counted from the start of the phase', async () => {
  const { clock, told, timeline } = timelineOf([DOWN])
  await timeline.prepare()
  timeline.begin(clock.now())
  await pass(clock, 4_999)
  assert.deepEqual(told, [])
  await pass(clock, 1)
  assert.deepEqual(told, [[5, 'primary', { errorRate: 1 }]])
  await pass(clock, 5_000)
  assert.deepEqual(told.at(-1), [10, 'primary', {}])
  assert.deepEqual(await timeline.end(), [{ upstream: 'primary', fromS: 5, toS: 10, fault: 'answers 100 % with 500' }])
  assert.equal(told.length, 2)
})

test('a fault of the first moment is on before the phase starts', async () => {
  const { clock, told, timeline } = timelineOf([{ ...DOWN, fromMs: 0 }])
  await timeline.prepare()
  assert.deepEqual(told, [[0, 'primary', { errorRate: 1 }]])
  await pass(clock, 300)
  timeline.begin(clock.now())
  await pass(clock, 10_000)
  assert.deepEqual(
    (await timeline.end()).map(({ fromS, toS }) => [fromS, toS]),
    [[0, 10]],
  )
})

test('what is on when the phase ends early is switched off, and told as long as it was', async () => {
  const { clock, told, timeline } = timelineOf([DOWN])
  timeline.begin(clock.now())
  await pass(clock, 7_000)
  assert.deepEqual(await timeline.end(), [{ upstream: 'primary', fromS: 5, toS: 7, fault: 'answers 100 % with 500' }])
  assert.deepEqual(told.at(-1), [7, 'primary', {}])
  assert.equal(clock.pendingTasks, 0)
})

test('a fault that had not begun is neither switched nor told', async () => {
  const { clock, told, timeline } = timelineOf([DOWN])
  timeline.begin(clock.now())
  await pass(clock, 1_000)
  assert.deepEqual(await timeline.end(), [])
  await pass(clock, 20_000)
  assert.deepEqual(told, [])
})

test('of two faults that follow each other in one moment, the second one stays on', async () => {
  const slow: PlannedFault = { ...DOWN, fromMs: 10_000, toMs: 12_000, fault: { latencyFactor: 5 } }
  const { clock, told, timeline } = timelineOf([DOWN, slow])
  timeline.begin(clock.now())
  await pass(clock, 11_000)
  assert.deepEqual(told.at(-1), [10, 'primary', { latencyFactor: 5 }])
  await pass(clock, 1_000)
  assert.deepEqual(
    (await timeline.end()).map(({ fromS, toS, fault }) => [fromS, toS, fault]),
    [
      [5, 10, 'answers 100 % with 500'],
      [10, 12, 'takes 5 times as long'],
    ],
  )
})

test('a fault that cannot be switched is an error of the phase, and the others are still switched off', async () => {
  const clock = new FakeClock()
  const told: string[] = []
  const setFault = (upstream: string, fault: UpstreamFault): Promise<void> => {
    told.push(`${upstream} ${faultWords(fault)}`)
    return upstream === 'primary' ? Promise.reject(new TargetError('it is gone')) : Promise.resolve()
  }
  const timeline = new FaultTimeline([DOWN, { ...DOWN, upstream: 'secondary' }], setFault, clock)
  timeline.begin(clock.now())
  await pass(clock, 6_000)
  await assert.rejects(timeline.end(), /it is gone/)
  assert.equal(told.at(-1), 'secondary nothing is wrong')
})

test('faults are told in words', () => {
  assert.equal(faultWords({ errorRate: 0.125 }), 'answers 12.5 % with 500')
  assert.equal(faultWords({ silence: 'hang' }), 'never answers')
  assert.equal(faultWords({ latencyFactor: 3, silence: 'reset' }), 'takes 3 times as long, resets connections')
  assert.equal(faultWords({ body: 'truncate', capacity: 10 }), 'breaks its answers off, serves 10 calls at a time')
  assert.equal(faultWords({ body: 'drip', flappingMs: 2_000 }), 'answers byte by byte, on and off every 2 s')
  assert.equal(faultWords({}), 'nothing is wrong')
})

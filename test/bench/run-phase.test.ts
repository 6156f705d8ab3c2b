import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type PhaseSurroundings, runPhase } from '../../src/bench/run-phase.ts'
import type { Target } from '../../src/bench/target.ts'
import { TargetError } from '../../src/core/errors.ts'
import type { GeneratorPlan } from '../../src/core/generator-messages.ts'
import type { ScenarioPhase } from '../../src/core/scenario.ts'
import type { Generator, PhaseHooks } from '../../src/load/generators.ts'
import { planFor } from '../support/plans.ts'
import { countsFixture, reportFixture } from '../support/report-fixture.ts'
import { watchedResult } from './support/watched-result.ts'

const ON_LINUX = { skip: process.platform !== 'linux' && 'CPU accounts are read from /proc' }
const CLOSED: Extract<ScenarioPhase, { kind: 'closed' }> = {
  name: 'saturate',
  kind: 'closed',
  connections: 3,
  duration: 1_000,
  measured: true,
}
const WARM_UP: typeof CLOSED = { ...CLOSED, name: 'warm-up', measured: false }
const FAULT = { upstream: 'primary', from: 0, to: 500, silence: 'hang' } as const
const { placement } = reportFixture()
const NO_PROCESS = 2 ** 22 + 1 // beyond what Linux gives to processes

/** What a generator does with a phase, and a target in this process, each as a test wants it; `log` says what happened. */
function surroundingsOf(
  during: (hooks: PhaseHooks, plan: GeneratorPlan) => Promise<void> = () => Promise.resolve(),
  changes: Partial<Target> = {},
) {
  const log: string[] = []
  const abort = new AbortController()
  const generator: Generator = {
    pids: [],
    async runPhase(plan, hooks) {
      log.push(`prepared for ${plan.durationMs} ms`)
      await hooks.onPrepared?.()
      log.push('started')
      await during(hooks, plan)
      log.push('ended')
      return watchedResult(countsFixture(100, 0))
    },
    stopPhase: (drainMs) => void log.push(`stopped, ${drainMs} ms`),
    close: () => Promise.resolve(),
  }
  const target: Target = {
    origin: 'http://127.0.0.1:1',
    workers: 1,
    pids: () => [process.pid],
    stats: () => Promise.resolve(null),
    setFault: (upstream, fault) => {
      log.push(`${upstream} ${JSON.stringify(fault)}`)
      return Promise.resolve()
    },
    stop: () => Promise.resolve(),
    died: new Promise(() => undefined),
    ...changes,
  }
  const surroundings: PhaseSurroundings = {
    scenario: 'test',
    repetition: 1,
    target,
    generator,
    placement,
    emit: () => undefined,
    signal: abort.signal,
  }
  return { log, abort, surroundings }
}

const PLAN = planFor('http://127.0.0.1:1', { durationMs: 1_000, drainMs: 2_000 })

test('the target is looked at when the generators are ready, and again when the phase is over', async () => {
  const { log, surroundings } = surroundingsOf(undefined, {
    stats: () => {
      log.push('looked')
      return Promise.resolve(null)
    },
  })
  await runPhase(CLOSED, PLAN, surroundings)
  const [first, last] = [log.indexOf('looked'), log.lastIndexOf('looked')]
  assert.ok(log.indexOf('prepared for 1000 ms') < first && first < log.indexOf('started'), log.join('; '))
  assert.ok(log.indexOf('ended') < last, log.join('; '))
})

test('what the target does while the generators get ready is not counted', ON_LINUX, async () => {
  const { surroundings } = surroundingsOf()
  const generator: Generator = {
    ...surroundings.generator,
    runPhase: (plan, hooks) => {
      const { user, system } = process.cpuUsage()
      for (let usedUs = 0; usedUs < 200_000;) {
        const now = process.cpuUsage()
        usedUs = now.user + now.system - user - system
      }
      return surroundings.generator.runPhase(plan, hooks)
    },
  }
  const { run } = await runPhase(CLOSED, PLAN, { ...surroundings, generator })
  const usedMs = run.targetUse?.workers[0]?.cpuMs ?? Infinity
  assert.ok(usedMs < 100, `${usedMs} ms`)
})

test('under a quota the run tells how long it stopped the target during the phase, without one nothing', async () => {
  let throttledMs = 5_000
  const { surroundings } = surroundingsOf(() => {
    throttledMs += 340
    return Promise.resolve()
  })
  const { run } = await runPhase(CLOSED, PLAN, { ...surroundings, quota: { throttledMs: () => throttledMs } })
  assert.equal(run.interference?.targetThrottledMs, 340)
  const { run: without } = await runPhase(CLOSED, PLAN, surroundings)
  assert.ok(without.interference !== undefined && !('targetThrottledMs' in without.interference))
})

test('a phase is kept when the target does not tell its figures at its end', ON_LINUX, async () => {
  let isOver = false
  const { surroundings } = surroundingsOf(
    () => {
      isOver = true
      return Promise.resolve()
    },
    { stats: () => (isOver ? Promise.reject(new TargetError('no answer within 1 s')) : Promise.resolve(null)) },
  )
  const { run, samples } = await runPhase(CLOSED, PLAN, surroundings)
  assert.deepEqual([run.requests.good, samples.after?.stats], [100, null])
  assert.notEqual(run.targetUse, null)
})

for (const [what, phase, longestMs, changes] of [
  ['a warm-up may go on until the CPU time per request has settled', WARM_UP, 3_000, {}],
  ['a measured phase takes the time that it was given', CLOSED, 1_000, {}],
  ['a warm-up with a number of requests is not prolonged', { ...WARM_UP, requests: 50 }, 1_000, {}],
  ['a phase with faults never settles, so it is not prolonged', { ...WARM_UP, faults: [FAULT] }, 1_000, {}],
  [
    'a warm-up of a target whose CPU time cannot be seen is not prolonged',
    WARM_UP,
    1_000,
    { pids: () => [NO_PROCESS] },
  ],
] as const satisfies readonly (readonly [string, ScenarioPhase, number, Partial<Target>])[]) {
  test(what, ON_LINUX, async () => {
    const { log, surroundings } = surroundingsOf(undefined, changes)
    await runPhase(phase, PLAN, surroundings)
    assert.ok(log.includes(`prepared for ${longestMs} ms`), log.join('; '))
  })
}

for (const [what, phase, changes, wanted] of [
  ['beats are wanted where the CPU time of a target can be seen', CLOSED, {}, true],
  ['beats are wanted of a phase with faults, which begin with the first', { ...CLOSED, faults: [FAULT] }, {}, true],
  ['nobody wants beats about a target of which nothing can be seen', CLOSED, { pids: () => [NO_PROCESS] }, false],
] as const satisfies readonly (readonly [string, ScenarioPhase, Partial<Target>, boolean])[]) {
  test(what, ON_LINUX, async () => {
    let hasBeats: boolean | undefined
    const { surroundings } = surroundingsOf(({ onBeat }) => {
      hasBeats = onBeat !== undefined
      return Promise.resolve()
    }, changes)
    await runPhase(phase, PLAN, surroundings)
    assert.equal(hasBeats, wanted)
  })
}

/** Far more than a warm-up needs, in a moment. */
function manyBeats({ onBeat }: PhaseHooks): void {
  for (let beat = 1; beat <= 400; beat++) onBeat?.({ elapsedMs: 1_000 + beat, completed: beat * 1_000 })
}

test('a prolonged warm-up is ended by the first beat that shows it settled, once', ON_LINUX, async () => {
  const { log, surroundings } = surroundingsOf((hooks) => {
    manyBeats(hooks)
    return Promise.resolve()
  })
  await runPhase(WARM_UP, PLAN, surroundings)
  assert.deepEqual(
    log.filter((line) => line.startsWith('stopped')),
    ['stopped, 2000 ms'],
  )
})

test('after an interruption no beat gives the answers more time again', ON_LINUX, async () => {
  const { log, abort, surroundings } = surroundingsOf((hooks) => {
    abort.abort()
    manyBeats(hooks)
    return Promise.resolve()
  })
  const { run } = await runPhase(WARM_UP, PLAN, surroundings)
  assert.deepEqual(
    log.filter((line) => line.startsWith('stopped')),
    ['stopped, 300 ms'],
  )
  assert.equal(run.interrupted, true)
})

test('an interruption that came before the phase stops it at once', async () => {
  const { log, abort, surroundings } = surroundingsOf()
  abort.abort()
  await runPhase(CLOSED, PLAN, surroundings)
  assert.ok(log.includes('stopped, 300 ms'), log.join('; '))
})

test('a target that dies ends the phase, and what was wrong with its upstreams is put right', async () => {
  const death = Promise.withResolvers<never>()
  const { log, surroundings } = surroundingsOf(
    () => {
      death.reject(new TargetError('it ended in mid-run'))
      return new Promise(() => undefined)
    },
    { died: death.promise },
  )
  const phase: ScenarioPhase = { ...CLOSED, faults: [{ upstream: 'primary', from: 0, to: 500, errorRate: 1 }] }
  await assert.rejects(runPhase(phase, PLAN, surroundings), /it ended in mid-run/)
  assert.deepEqual(
    log.filter((line) => line.startsWith('primary')),
    ['primary {"errorRate":1}', 'primary {}'],
  )
})

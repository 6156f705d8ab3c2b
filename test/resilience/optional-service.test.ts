import assert from 'node:assert/strict'
import { test } from 'node:test'

import { OptionalService } from '../../src/resilience/optional-service.ts'
import { FakeClock } from '../support/fake-clock.ts'

const OPTIONS = { timeoutMs: 50, recheckMs: 1_000, maxRunning: 3 }

class Refusal extends Error {}

async function setUp(options: Partial<typeof OPTIONS> = {}) {
  const clock = new FakeClock()
  const outages: unknown[] = []
  const state = { isThere: true, checks: 0 }
  const check = (): Promise<void> => {
    state.checks++
    return state.isThere ? Promise.resolve() : Promise.reject(new Error('not there'))
  }
  const probe = {
    check,
    isRefusal: (error: unknown) => error instanceof Refusal,
    onDown: (error: unknown) => void outages.push(error),
  }
  const service = new OptionalService({ ...OPTIONS, ...options }, probe, clock)
  await settle()
  return { clock, outages, state, service }
}

/** Lets promises that are due run. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

function never<V>(): Promise<V> {
  return new Promise(() => undefined)
}

test('what the service answers in time is handed on', async () => {
  const { service } = await setUp()
  assert.deepEqual(await service.run(() => Promise.resolve('v')), { kind: 'done', value: 'v' })
})

test('CA21 an outage costs those who were asking one timeout of at most 50 ms, and nobody else anything', async () => {
  const { clock, outages, service } = await setUp()
  let asked = 0
  const ask = (): Promise<never> => {
    asked++
    return never()
  }
  const waiting = [service.run(ask), service.run(ask)]
  clock.advance(39)
  await settle()
  assert.equal(service.isUp, true)
  clock.advance(11)
  for (const outcome of await Promise.all(waiting)) assert.equal(outcome.kind, 'failed')
  for (let later = 0; later < 100; later++) assert.equal((await service.run(ask)).kind, 'skipped')
  assert.deepEqual([asked, outages.length, service.stats().running], [2, 1, 0])
  assert.deepEqual([service.stats().failed, service.stats().skipped], [2, 100])
})

test('CA21 a service that is back is found in the background, and until then looked for once a second', async () => {
  const { clock, state, service } = await setUp()
  state.isThere = false
  await service.run(() => Promise.reject(new Error('gone')))
  for (let second = 0; second < 5; second++) {
    clock.advance(1_000)
    await settle()
  }
  assert.deepEqual([service.isUp, state.checks], [false, 6])
  state.isThere = true
  clock.advance(1_000)
  await settle()
  assert.equal(service.isUp, true)
  assert.equal((await service.run(() => Promise.resolve('v'))).kind, 'done')
})

test('a service that is not there at the start costs nobody a timeout', async () => {
  const { clock, service, state } = await setUp()
  const late = new OptionalService(OPTIONS, { check: never, isRefusal: () => false, onDown: () => undefined }, clock)
  assert.equal((await late.run(() => assert.fail('asked'))).kind, 'skipped')
  clock.advance(2_100)
  await settle()
  assert.equal(late.isUp, false)
  assert.deepEqual([service.isUp, state.checks], [true, 1])
})

test('CA21 a service that was never there is told of once, and again when it came and went', async () => {
  const clock = new FakeClock()
  const told: unknown[] = []
  let isThere = false
  const check = (): Promise<void> => (isThere ? Promise.resolve() : Promise.reject(new Error('not there')))
  const probe = { check, isRefusal: () => false, onDown: (error: unknown) => void told.push(String(error)) }
  const service = new OptionalService(OPTIONS, probe, clock)
  for (let second = 0; second < 5; second++) {
    await settle()
    clock.advance(1_000)
  }
  await settle()
  assert.deepEqual(told, ['Error: not there'])
  isThere = true
  clock.advance(1_000)
  await settle()
  await service.run(() => Promise.reject(new Error('gone')))
  assert.deepEqual(told, ['Error: not there', 'Error: gone'])
})

test('a refusal fails one task and is no outage', async () => {
  const { outages, service } = await setUp()
  assert.equal((await service.run(() => Promise.reject(new Refusal('full')))).kind, 'failed')
  assert.deepEqual([service.isUp, outages.length], [true, 0])
})

test('a task that throws before it returns a promise fails like any other', async () => {
  const { service } = await setUp()
  const outcome = await service.run(() => {
    throw new Refusal('at once')
  })
  assert.equal(outcome.kind, 'failed')
})

test('tasks beyond the bound are skipped, and their number is bounded', async () => {
  const { service } = await setUp()
  const outcomes = Array.from({ length: 4 }, () => service.run(never))
  assert.equal((await outcomes[3])?.kind, 'skipped')
  assert.equal(service.stats().running, 3)
})

test('an answer that waited while this process stood still counts', async () => {
  const fake = new FakeClock()
  let stoodStillMs = 0
  const clock = { now: () => fake.now() + stoodStillMs, schedule: fake.schedule }
  const probe = { check: () => Promise.resolve(), isRefusal: () => false, onDown: () => assert.fail('went down') }
  const service = new OptionalService(OPTIONS, probe, clock)
  await settle()
  const { promise, resolve } = Promise.withResolvers<string>()
  const outcome = service.run(() => promise)
  stoodStillMs = 1_000
  // Timers run before answers are read.
  fake.advance(5)
  resolve('v')
  await settle()
  fake.advance(5)
  assert.deepEqual(await outcome, { kind: 'done', value: 'v' })
})

test('a closed service is asked for nothing, not even whether it is there', async () => {
  const { clock, state, service } = await setUp()
  await service.run(() => Promise.reject(new Error('gone')))
  service.close()
  clock.advance(10_000)
  await settle()
  assert.equal(state.checks, 1)
  assert.equal((await service.run(() => assert.fail('asked'))).kind, 'skipped')
})

test('an optional service names every option out of range', () => {
  const probe = { check: never<void>, isRefusal: () => false, onDown: () => undefined }
  assert.throws(() => new OptionalService({ timeoutMs: 0, recheckMs: 0, maxRunning: 0.5 }, probe, new FakeClock()), {
    name: 'RangeError',
    message: /timeoutMs.*recheckMs.*maxRunning/,
  })
})

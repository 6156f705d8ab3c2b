import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CircuitBreaker } from '../../src/resilience/circuit-breaker.ts'
import type { CircuitBreakerOptionsInput } from '../../src/resilience/circuit-breaker-options.ts'
import type { CallOutcome, Permit } from '../../src/resilience/circuit-breaker.ts'
import { FakeClock } from '../support/fake-clock.ts'

function setUp(options: CircuitBreakerOptionsInput = {}) {
  const clock = new FakeClock()
  const breaker = new CircuitBreaker(options, clock)
  return { clock, breaker }
}

function admit(breaker: CircuitBreaker): Permit {
  const { permit } = breaker.tryAcquire()
  assert.ok(permit !== undefined, 'expected a permit')
  return permit
}

function call(breaker: CircuitBreaker, outcome: CallOutcome, times = 1): void {
  for (let count = 0; count < times; count++) admit(breaker).settle(outcome)
}

test('CB01 four failures, a success and four failures leave the circuit closed, the fifth in a row opens it', () => {
  const { clock, breaker } = setUp()
  call(breaker, 'failure', 4)
  call(breaker, 'success')
  call(breaker, 'failure', 4)
  assert.equal(breaker.stats().state, 'closed')
  call(breaker, 'failure')
  clock.advance(500)
  assert.deepEqual(breaker.tryAcquire(), { refused: 'open', retryAfterS: 30 })
  assert.equal(breaker.stats().admitted, 10)
})

test('CB01 failures count when calls complete, not when they start', () => {
  const { breaker } = setUp()
  const permits = Array.from({ length: 8 }, () => admit(breaker))
  for (const permit of permits.slice(0, 4)) permit.settle('failure')
  assert.equal(breaker.stats().state, 'closed')
  permits[4]?.settle('failure')
  assert.equal(breaker.stats().state, 'open')
})

test('CB02 an open circuit refuses at 29 999 ms and lets one probe through at 30 000 ms, without a timer', () => {
  const { clock, breaker } = setUp()
  call(breaker, 'failure', 5)
  clock.advance(29_999)
  assert.deepEqual(breaker.tryAcquire(), { refused: 'open', retryAfterS: 1 })
  clock.advance(1)
  assert.equal(breaker.stats().state, 'open')
  assert.equal(breaker.retryAfterS(), 0)
  admit(breaker)
  assert.equal(breaker.stats().state, 'half-open')
  assert.equal(clock.pendingTasks, 0)
})

test('CB03 a thousand calls at expiry admit exactly one probe, and the others are refused at once', () => {
  const { clock, breaker } = setUp()
  call(breaker, 'failure', 5)
  clock.advance(30_000)
  const acquisitions = Array.from({ length: 1_000 }, () => breaker.tryAcquire())
  assert.equal(acquisitions.filter(({ permit }) => permit !== undefined).length, 1)
  assert.deepEqual(acquisitions[999], { refused: 'probing', retryAfterS: 1 })
})

test('CB04 a probe that succeeds closes the circuit and starts the counting again', () => {
  const { clock, breaker } = setUp()
  call(breaker, 'failure', 5)
  clock.advance(30_000)
  call(breaker, 'success')
  assert.equal(breaker.stats().state, 'closed')
  assert.equal(breaker.stats().failures, 0)
  call(breaker, 'failure', 4)
  assert.equal(breaker.stats().state, 'closed')
})

test('CB04 a probe that fails opens the circuit for the whole recovery time again', () => {
  const { clock, breaker } = setUp()
  call(breaker, 'failure', 5)
  clock.advance(40_000)
  call(breaker, 'failure')
  clock.advance(29_999)
  assert.equal(breaker.tryAcquire().refused, 'open')
  clock.advance(1)
  admit(breaker)
})

test('CB04 with a longer wait allowed each failed probe doubles it up to that, and a closed circuit begins anew', () => {
  const { clock, breaker } = setUp({ recoveryMs: 10_000, maxRecoveryMs: 60_000 })
  call(breaker, 'failure', 5)
  for (const waitMs of [10_000, 20_000, 40_000, 60_000, 60_000]) {
    clock.advance(waitMs - 1)
    assert.equal(breaker.tryAcquire().refused, 'open', `after ${waitMs - 1} ms`)
    clock.advance(1)
    call(breaker, 'failure')
  }
  clock.advance(60_000)
  call(breaker, 'success')
  call(breaker, 'failure', 5)
  assert.deepEqual(breaker.tryAcquire(), { refused: 'open', retryAfterS: 10 })
})

test('CB04 a longest wait below the first one changes nothing', () => {
  const { clock, breaker } = setUp({ recoveryMs: 10_000, maxRecoveryMs: 2_000 })
  call(breaker, 'failure', 5)
  clock.advance(10_000)
  call(breaker, 'failure')
  assert.deepEqual(breaker.tryAcquire(), { refused: 'open', retryAfterS: 10 })
})

test('CB05 a cancelled probe gives its place to the next call and decides nothing', () => {
  const { clock, breaker } = setUp()
  call(breaker, 'failure', 5)
  clock.advance(30_000)
  call(breaker, 'ignored')
  assert.equal(breaker.stats().state, 'half-open')
  call(breaker, 'success')
  assert.equal(breaker.stats().state, 'closed')
})

test('CB05 a probe that never settles opens the circuit again after the longest wait, counted from then', () => {
  const { clock, breaker } = setUp({ maxProbeWaitMs: 60_000 })
  call(breaker, 'failure', 5)
  clock.advance(30_000)
  const lost = admit(breaker)
  clock.advance(59_999)
  assert.equal(breaker.tryAcquire().refused, 'probing')
  clock.advance(1)
  assert.deepEqual(breaker.tryAcquire(), { refused: 'open', retryAfterS: 30 })
  clock.advance(30_000)
  const probe = admit(breaker)
  lost.settle('success')
  assert.equal(breaker.stats().state, 'half-open')
  probe.settle('success')
  assert.equal(breaker.stats().state, 'closed')
})

for (const outcome of ['success', 'failure', 'ignored'] as const) {
  test(`CB06 a call admitted while closed changes nothing when it ends as ${outcome} during a probe`, () => {
    const { clock, breaker } = setUp()
    const slow = admit(breaker)
    call(breaker, 'failure', 5)
    clock.advance(30_000)
    const probe = admit(breaker)
    slow.settle(outcome)
    assert.equal(breaker.tryAcquire().refused, 'probing')
    assert.equal(breaker.stats().stale, 1)
    probe.settle('success')
    assert.equal(breaker.stats().state, 'closed')
  })
}

test('CB06 the probe of an earlier half-open time does not decide a later one', () => {
  const { clock, breaker } = setUp({ halfOpenProbes: 2 })
  call(breaker, 'failure', 5)
  clock.advance(30_000)
  const early = admit(breaker)
  call(breaker, 'failure')
  clock.advance(30_000)
  call(breaker, 'success')
  early.settle('success')
  assert.equal(breaker.stats().state, 'half-open')
})

test('CB06 stragglers that fail while the circuit is open do not extend it', () => {
  const { clock, breaker } = setUp()
  const straggler = admit(breaker)
  call(breaker, 'failure', 5)
  clock.advance(29_000)
  straggler.settle('failure')
  clock.advance(1_000)
  admit(breaker)
})

test('CB07 failures beyond the threshold at the same moment open the circuit once', () => {
  const { breaker } = setUp()
  const permits = Array.from({ length: 50 }, () => admit(breaker))
  for (const permit of permits) permit.settle('failure')
  assert.equal(breaker.stats().trips, 1)
  assert.equal(breaker.stats().failed, 50)
})

test('CB08 with several probes the circuit closes when all of them have succeeded', () => {
  const { clock, breaker } = setUp({ halfOpenProbes: 3 })
  call(breaker, 'failure', 5)
  clock.advance(30_000)
  const probes = [admit(breaker), admit(breaker), admit(breaker)]
  assert.equal(breaker.tryAcquire().refused, 'probing')
  probes[0]?.settle('success')
  probes[1]?.settle('success')
  assert.equal(breaker.tryAcquire().refused, 'probing')
  assert.equal(breaker.stats().state, 'half-open')
  probes[2]?.settle('success')
  assert.equal(breaker.stats().state, 'closed')
})

test('CB08 probes that overlap are given up when none has ended well for the longest wait, however long all take together', () => {
  const { clock, breaker } = setUp({ halfOpenProbes: 3, maxProbeWaitMs: 1_000 })
  call(breaker, 'failure', 5)
  clock.advance(30_000)
  let before = admit(breaker)
  for (let probe = 0; probe < 2; probe++) {
    clock.advance(400)
    const next = admit(breaker)
    clock.advance(400)
    before.settle('success')
    assert.equal(breaker.stats().state, 'half-open')
    before = next
  }
  clock.advance(999)
  assert.equal(breaker.stats().state, 'half-open')
  clock.advance(1)
  assert.equal(breaker.stats().state, 'open')
  clock.advance(30_000)
  const probes = [admit(breaker), admit(breaker), admit(breaker)]
  for (const probe of probes) {
    clock.advance(900)
    probe.settle('success')
  }
  assert.equal(breaker.stats().state, 'closed')
})

test('CB08 of 300 calls 100 are probes; the circuit closes with the last of 100 successes, and the first failure opens it', () => {
  const { clock, breaker } = setUp({ halfOpenProbes: 100 })
  call(breaker, 'failure', 5)
  clock.advance(30_000)
  const probes = Array.from({ length: 300 }, () => breaker.tryAcquire()).flatMap(({ permit }) => permit ?? [])
  assert.equal(probes.length, 100)
  for (const probe of probes.slice(0, 98)) probe.settle('success')
  assert.equal(breaker.stats().state, 'half-open')
  probes[98]?.settle('failure')
  assert.equal(breaker.stats().state, 'open')
  probes[99]?.settle('success')
  clock.advance(30_000)
  for (let probe = 0; probe < 100; probe++) {
    assert.equal(breaker.stats().state, probe === 0 ? 'open' : 'half-open')
    call(breaker, 'success')
  }
  assert.equal(breaker.stats().state, 'closed')
})

test('CB08 each interval starts the count of failures in a row again, and the first begins when the circuit closes', () => {
  const { clock, breaker } = setUp({ intervalMs: 30_000 })
  clock.advance(29_000)
  call(breaker, 'failure', 4)
  clock.advance(999)
  assert.equal(breaker.stats().failures, 4)
  clock.advance(1)
  assert.equal(breaker.stats().failures, 0)
  call(breaker, 'failure', 4)
  assert.equal(breaker.stats().state, 'closed')
  call(breaker, 'failure')
  assert.equal(breaker.stats().state, 'open')
  clock.advance(45_000)
  call(breaker, 'success')
  call(breaker, 'failure', 4)
  clock.advance(29_999)
  assert.equal(breaker.stats().failures, 4, 'the interval began when the circuit closed')
})

test('CB13 the breaker reads no clock but the one that it was given', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 })
  const { clock, breaker } = setUp()
  call(breaker, 'failure', 5)
  t.mock.timers.setTime(1_700_003_600_000)
  assert.deepEqual(breaker.tryAcquire(), { refused: 'open', retryAfterS: 30 })
  t.mock.timers.setTime(1_699_996_400_000)
  clock.advance(30_000)
  admit(breaker)
})

test('CB13 a clock that steps back by ten hours asks for a retry after an hour at most', () => {
  const { clock, breaker } = setUp()
  call(breaker, 'failure', 5)
  clock.advance(-36_000_000)
  assert.deepEqual(breaker.tryAcquire(), { refused: 'open', retryAfterS: 3_600 })
})

test('CB11 a permit that settles twice counts once', () => {
  const { breaker } = setUp({ failureThreshold: 2 })
  const permit = admit(breaker)
  permit.settle('failure')
  permit.settle('failure')
  assert.deepEqual(breaker.stats(), {
    state: 'closed',
    failures: 1,
    admitted: 1,
    succeeded: 0,
    failed: 1,
    ignored: 0,
    refused: 0,
    stale: 0,
    trips: 0,
  })
})

test('CB14 a breaker names every option out of range at once', () => {
  const options = { failureThreshold: 0, recoveryMs: Number.NaN, halfOpenProbes: 1.5, maxProbeWaitMs: Infinity }
  assert.throws(
    () => setUp(options),
    (error) =>
      error instanceof RangeError && /failureThreshold.*recoveryMs.*halfOpenProbes.*maxProbeWaitMs/.test(error.message),
  )
})

const STATES: readonly (readonly [string, (setup: ReturnType<typeof setUp>) => void])[] = [
  ['closed', () => undefined],
  ['open', ({ breaker }) => call(breaker, 'failure', 5)],
  [
    'half-open',
    ({ clock, breaker }) => {
      call(breaker, 'failure', 5)
      clock.advance(30_000)
      admit(breaker)
    },
  ],
  ['disabled', ({ breaker }) => breaker.disable()],
  ['open', ({ breaker }) => breaker.forceOpen()],
]

for (const [index, [name, enter]] of STATES.entries()) {
  const how = index === 4 ? 'open by force' : name
  const withCallUnderWay = (): ReturnType<typeof setUp> & { readonly underWay: Permit } => {
    const setup = setUp()
    const underWay = admit(setup.breaker)
    enter(setup)
    assert.equal(setup.breaker.stats().state, name)
    return { ...setup, underWay }
  }

  test(`CB14 a circuit that is ${how} is closed by a reset, and a call from before it decides nothing`, () => {
    const { breaker, underWay } = withCallUnderWay()
    breaker.reset()
    underWay.settle('failure')
    assert.deepEqual([breaker.stats().state, breaker.stats().failures], ['closed', 0])
    call(breaker, 'failure', 5)
    assert.equal(breaker.stats().state, 'open')
  })

  test(`CB14 a circuit that is ${how} can be forced open, and stays so until it is reset`, () => {
    const { clock, breaker, underWay } = withCallUnderWay()
    breaker.forceOpen()
    underWay.settle('success')
    clock.advance(365 * 86_400_000)
    assert.deepEqual(breaker.tryAcquire(), { refused: 'open', retryAfterS: 3_600 })
    breaker.reset()
    call(breaker, 'success')
  })

  test(`CB14 a circuit that is ${how} lets everything through once it is disabled`, () => {
    const { breaker, underWay } = withCallUnderWay()
    breaker.disable()
    underWay.settle('failure')
    call(breaker, 'failure', 100)
    assert.deepEqual([breaker.stats().state, breaker.retryAfterS()], ['disabled', 0])
  })
}

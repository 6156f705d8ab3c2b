import assert from 'node:assert/strict'
import { test } from 'node:test'

import { scenarioSchema } from '../../src/core/scenario.ts'

/** A scenario of one request and one phase, with changes. */
function scenarioWith(changes: Record<string, unknown>): unknown {
  return {
    name: 'probe',
    description: 'one request',
    requests: [{ path: '/' }],
    phases: [{ name: 'only', kind: 'closed', connections: 2, duration: '10s' }],
    ...changes,
  }
}

function phase(changes: Record<string, unknown>): unknown {
  return scenarioWith({ phases: [{ name: 'only', kind: 'open', rate: '10/s', duration: '10s', ...changes }] })
}

function request(changes: Record<string, unknown>): unknown {
  return scenarioWith({ requests: [{ path: '/', ...changes }] })
}

/** Paths and messages of everything that is wrong. */
function problemsOf(value: unknown): readonly string[] {
  const parsed = scenarioSchema.safeParse(value)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

function rateOf(rate: unknown): unknown {
  const [only] = scenarioSchema.parse(phase({ rate })).phases
  return only?.kind === 'open' ? only.rate : undefined
}

test('a rate is absolute, or a share of an earlier phase', () => {
  assert.deepEqual(rateOf('6000/min'), { kind: 'absolute', ratePerS: 100 })
  const parsed = scenarioSchema.parse(
    scenarioWith({
      phases: [
        { name: 'first', kind: 'closed', connections: 1, duration: 1 },
        { name: 'second', kind: 'open', rate: '12.5% of first', duration: 1 },
      ],
    }),
  )
  const second = parsed.phases[1]
  assert.deepEqual(second?.kind === 'open' && second.rate, { kind: 'share', fraction: 0.125, phase: 'first' })
})

test('a rate has a bound, also as a share', () => {
  const rate = (value: unknown): string =>
    JSON.stringify(scenarioSchema.safeParse(phase({ rate: value })).error?.issues)
  assert.match(rate('1000001/s'), /at most 1000000\/s/)
  assert.match(rate('6000% of only'), /at most 1000000\/s or 1000%/)
})

test('a rate may rise, go in steps, or have spikes', () => {
  const at = (ratePerS: number): unknown => ({ kind: 'absolute', ratePerS })
  assert.deepEqual(rateOf({ from: '0/s', to: 1_000 }), { kind: 'ramp', from: at(0), to: at(1_000) })
  assert.deepEqual(rateOf({ steps: ['100/s', 200] }), { kind: 'steps', steps: [at(100), at(200)] })
  assert.deepEqual(rateOf({ base: 10, spikes: [{ at: '1s', for: '500ms', rate: 99 }] }), {
    kind: 'spikes',
    base: at(10),
    spikes: [{ atMs: 1_000, forMs: 500, rate: at(99) }],
  })
})

test('every rate within a shape may only refer to phases that come before', () => {
  for (const rate of [
    { from: '5% of x', to: 1 },
    { steps: [1, '5% of x'] },
    { base: '5% of x', spikes: [{ at: 0, for: 1, rate: 1 }] },
    { base: 1, spikes: [{ at: 0, for: 1, rate: '5% of x' }] },
  ]) {
    assert.match(problemsOf(phase({ rate })).join('\n'), /refers to the phase "x", which does not come before it/)
  }
})

test('spikes lie within the phase and do not overlap', () => {
  const spikes = (...list: readonly unknown[]): readonly string[] =>
    problemsOf(phase({ rate: { base: 1, spikes: list } }))
  assert.deepEqual(spikes({ at: '0s', for: '5s', rate: 9 }, { at: '5s', for: '5s', rate: 9 }), [])
  assert.match(
    String(spikes({ at: '9s', for: '2s', rate: 9 })),
    /phases\.0\.rate\.spikes\.0\.at: .*end after the phase, which lasts 10 s/,
  )
  assert.match(String(spikes({ at: 3, for: 2, rate: 9 }, { at: 1, for: 3, rate: 9 })), /spikes\.1\.at: .*overlap/)
})

test('a ramp from nothing to nothing is refused', () => {
  assert.match(String(problemsOf(phase({ rate: { from: 0, to: 0 } }))), /must be above 0 when from is 0/)
})

test('users have a number, a rate at which they begin, and a think time', () => {
  const parse = (think?: unknown): unknown =>
    scenarioSchema.parse(
      scenarioWith({
        phases: [
          {
            name: 'u',
            kind: 'users',
            users: 5,
            spawnRate: '30/min',
            duration: 1,
            ...(think === undefined ? {} : { think }),
          },
        ],
      }),
    ).phases[0]
  const users = { name: 'u', kind: 'users', users: 5, spawnRate: 0.5, duration: 1_000, measured: true }
  assert.deepEqual(parse(), users)
  assert.deepEqual(parse('1s'), { ...users, think: { fromMs: 1_000, toMs: 1_000 } })
  assert.deepEqual(parse({ from: '1s', to: '3s' }), { ...users, think: { fromMs: 1_000, toMs: 3_000 } })
  assert.throws(() => parse({ from: '3s', to: '1s' }), /must not be longer than to/)
})

test('a fault says what is wrong, for a time within its phase', () => {
  const faults = (...list: readonly unknown[]): string => problemsOf(phase({ faults: list })).join('\n')
  const fault = { upstream: 'primary', from: '1s', to: '5s' }
  assert.equal(faults({ ...fault, errorRate: '100%' }), '')
  assert.match(faults(fault), /faults\.0: must say what is wrong/)
  assert.match(
    faults({ ...fault, to: '11s', silence: 'hang' }),
    /faults\.0\.to: lies after the phase, which lasts 10 s/,
  )
  assert.match(faults({ ...fault, to: '1s', silence: 'hang' }), /faults\.0\.to: must be after from, which is 1 s/)
  assert.match(faults({ ...fault, from: '6s', silence: 'hang' }), /faults\.0\.to: must be after from, which is 6 s/)
  assert.equal(faults({ ...fault, errorRate: '50 %' }), '')
  assert.match(faults({ ...fault, errorRate: 0 }), /errorRate: must be a share above 0/)
  assert.match(faults({ ...fault, errorRate: 1.2 }), /errorRate: must be a share above 0, at most 1/)
  assert.equal(faults({ ...fault, body: 'drip', capacity: 0, flapping: '2s' }), '')
  assert.match(faults({ ...fault, flapping: '2s' }), /faults\.0: must say what is wrong/)
  assert.match(faults({ ...fault, capacity: 1, flapping: '5s' }), /flapping: is longer than the fault, which lasts 4 s/)
  assert.match(faults({ ...fault, silence: 'hang', body: 'truncate' }), /body: has no effect where there is silence/)
})

test('faults of one upstream do not overlap, those of two may', () => {
  const both = (second: string): string =>
    problemsOf(
      phase({
        faults: [
          { upstream: 'primary', from: 1, to: 5, silence: 'hang' },
          { upstream: second, from: 4, to: 6, silence: 'reset' },
        ],
      }),
    ).join('\n')
  assert.equal(both('secondary'), '')
  assert.match(both('primary'), /faults\.1\.from: overlaps another fault of primary/)
})

test('templates are checked in paths, headers and deep in bodies', () => {
  assert.match(String(problemsOf(request({ path: '/{{index' }))), /requests\.0\.path: .*not closed/)
  assert.match(String(problemsOf(request({ headers: { a: '{{?}}' } }))), /requests\.0\.headers\.a: .*not known/)
  assert.match(
    String(problemsOf(request({ body: { a: [{ b: '{{nobody.id}}' }] } }))),
    /requests\.0\.body\.a\.0\.b: uses the data set "nobody"/,
  )
  assert.match(String(problemsOf(request({ body: { a: [{ '{{nobody.id}}': 1 }] } }))), /uses the data set "nobody"/)
})

test('a captured value may be used where any request captures it, and environment variables anywhere', () => {
  const login = { path: '/login', capture: { token: { json: 'auth.token' } } }
  const use = { path: '/', headers: { authorization: 'Bearer {{token}}', 'x-key': '{{env.KEY}}' } }
  assert.deepEqual(problemsOf(scenarioWith({ requests: [login, use] })), [])
  assert.match(String(problemsOf(scenarioWith({ requests: [use] }))), /uses \{\{token\}\}, which no request captures/)
})

test('a capture needs a group in its pattern, and no name with a meaning of its own', () => {
  const capture = (name: string, from: unknown): string => problemsOf(request({ capture: { [name]: from } })).join('\n')
  assert.equal(capture('id', { pattern: 'id=(\\d+)' }), '')
  assert.match(capture('id', { pattern: 'id=\\d+' }), /capture\.id\.pattern: must have a group, .* got "id=\\d\+"$/)
  assert.match(capture('id', { pattern: '(' }), /capture\.id\.pattern: must be a regular expression/)
  assert.match(capture('index', { json: 'a' }), /capture\.index: /)
  assert.match(capture('env', { json: 'a' }), /capture\.env: /)
})

test('headers that the engines set themselves are refused', () => {
  assert.match(
    String(problemsOf(request({ headers: { 'Content-Length': '5' } }))),
    /^requests\.0\.headers\.Content-Length: /,
  )
})

test('any header may be expected and captured, also one that tune does not send', () => {
  const expect = { headers: { 'Content-Length': '12' } }
  assert.deepEqual(problemsOf(request({ expect, capture: { size: { header: 'content-length' } } })), [])
  assert.match(String(problemsOf(request({ expect: { headers: { 'a b': '1' } } }))), /expect\.headers\.a b: /)
})

test('what a path or a header cannot hold is refused with what to write, outside of templates', () => {
  const path = (text: string): string => problemsOf(request({ path: text })).join('\n')
  assert.match(path('/日本'), /requests\.0\.path: must be percent-encoded; write "日" as %E6%97%A5$/)
  assert.match(path('/a b'), /write " " as %20$/)
  assert.match(path('/a#b'), /write "#" as %23$/)
  assert.equal(path('/{{index}}?{{ client }}'), '')
  const header = (text: string): string => problemsOf(request({ headers: { 'x-name': text } })).join('\n')
  assert.match(header('Zoë'), /headers\.x-name: must be one line of ASCII/)
  assert.match(header('a\r\nb: c'), /headers\.x-name: must be one line of ASCII/)
  assert.equal(header('a\tb {{ index }}'), '')
})

test('an environment variable is checked by its name wherever a template stands', () => {
  assert.match(String(problemsOf(request({ path: '/{{env.MY KEY}}' }))), /\{\{env\.MY KEY\}\} does not name/)
  assert.match(String(problemsOf(request({ body: { a: '{{env.MY-KEY}}' } }))), /\{\{env\.MY-KEY\}\} does not name/)
})

test('one right status and several are the same kind of thing', () => {
  const statusOf = (status: unknown): unknown =>
    scenarioSchema.parse(request({ expect: { status } })).requests[0]?.expect
  assert.deepEqual(statusOf(404), { status: [404] })
  assert.deepEqual(statusOf([200, 404]), { status: [200, 404] })
})

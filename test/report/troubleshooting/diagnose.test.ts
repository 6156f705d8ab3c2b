import assert from 'node:assert/strict'
import { test } from 'node:test'

import { diagnose } from '../../../src/report/troubleshooting/diagnose.ts'
import { brokenRunFixture } from '../../support/report-fixture.ts'
import { type Trouble, troubledReport, upstreamSecond } from '../../support/troubled-report.ts'

function seenIn(trouble: Trouble): readonly string[] {
  return diagnose(troubledReport(trouble)).map(({ symptom }) => symptom.id)
}

function evidenceOf(trouble: Trouble): readonly string[] {
  return diagnose(troubledReport(trouble)).map(({ evidence }) => evidence)
}

const advised = (setting: string, evidence: Readonly<Record<string, number>>): NonNullable<Trouble['report']> => ({
  recommendations: [
    {
      setting,
      value: 8,
      current: 5,
      unit: 'connections per worker',
      basis: 'measured',
      formula: 'busy connections + their square root',
      evidence,
      confidence: 'high',
      binding: 'latency objective',
      explanation: 'Because.',
    },
  ],
})

const reason = (code: string): NonNullable<Trouble['run']> => ({
  validity: { verdict: 'suspect', reasons: [{ code, severity: 'suspect', evidence: 'seen', hint: 'do' }] },
})

const interference = { stealFraction: 0, throttledCount: 0, neighbourCpus: null, neighbour: null }

for (const [id, trouble, evidence] of [
  ['rate-limited', { counts: { limited: 250 } }, '20% of requests were limited (429)'],
  ['queue-full', { counts: { shed: 250 }, server: { queueRefused: 25 } }, 'the queue refused 20% of requests'],
  [
    'breaker-open',
    { counts: { shed: 250 }, server: { upstreams: [upstreamSecond({ breaker: 'open' })] } },
    'the circuit of primary was open in 10 of 10 s',
  ],
  [
    'database-pool-empty',
    { report: advised('DATABASE_POOL_SIZE', { exhausted: 12, meanHoldMs: 3 }) },
    '12 callers got no database connection',
  ],
  ['unavailable', { counts: { shed: 250 } }, '20% of requests got 503'],
  [
    'too-large',
    { counts: { failed: 250 }, run: { statusCodes: { '413': 200, '431': 50 } } },
    '20% of requests were too large',
  ],
  [
    'upstream-failing',
    { server: { upstreams: [upstreamSecond({ failures: 5 })] } },
    '5% of the calls of primary failed',
  ],
  [
    'timed-out',
    { counts: { timedOut: 125, failed: 125 }, run: { statusCodes: { '504': 125 } } },
    '20% of requests got no answer in time',
  ],
  [
    'server-errors',
    { counts: { failed: 250 }, run: { statusCodes: { '500': 200, '502': 50, '404': 3 } } },
    '20% of requests got 500 or 502',
  ],
  ['wrong-answers', { counts: { mismatched: 250 } }, '20% of requests had a wrong body'],
  [
    'connection-refused',
    { counts: { lost: 250 }, run: { errors: { ECONNREFUSED: 250 } } },
    '20% of requests found nobody listening',
  ],
  [
    'connections-lost',
    { counts: { lost: 250 }, run: { errors: { ECONNRESET: 200, CLOSED: 50 } } },
    '20% of requests lost their connection',
  ],
  ['disturbed-machine', { p95Ms: 400, run: reason('cpu-steal') }, 'p95 400 ms, and the hypervisor took CPU time'],
  [
    'cpu-quota',
    { p95Ms: 400, run: { interference: { ...interference, targetThrottledMs: 900 } } },
    'p95 400 ms, and its quota stopped it for 900 ms',
  ],
  ['overload', { run: { offeredPerS: 100, throughputPerS: 61 } }, '61/s completed of 100/s offered'],
  ['cpu-full', { p95Ms: 400, cpus: 0.97, loop: 0.97 }, 'p95 400 ms with the CPUs 97% busy'],
  ['loop-full', { p95Ms: 400, cpus: 0.6, loop: 0.97 }, 'p95 400 ms with an event loop 97% busy'],
  [
    'slow-database',
    { p95Ms: 400, cpus: 0.6, report: advised('DATABASE_POOL_SIZE', { exhausted: 0, meanHoldMs: 120 }) },
    'p95 400 ms; a database connection is held for 120 ms',
  ],
  [
    // Little's law: 30 connections in use at 100 calls/s are held for 300 ms.
    'slow-upstream',
    { p95Ms: 400, server: { upstreams: [upstreamSecond({ poolRunning: 30 })] } },
    'p95 400 ms; calls of primary take about 300 ms',
  ],
  [
    'upstream-pool-full',
    { server: { upstreams: [upstreamSecond({ poolPending: 7 })] } },
    'calls of primary waited for a connection in 10 of 10 s',
  ],
  [
    'cache-misses',
    { p95Ms: 400, cpus: 0.6, server: { cacheHits: 20, cacheMisses: 80 } },
    'p95 400 ms with 20% cache hits',
  ],
  ['waits-elsewhere', { p95Ms: 400, cpus: 0.2, loop: null }, 'p95 400 ms with the CPUs only 20% busy'],
] as const satisfies readonly (readonly [string, Trouble, string])[]) {
  test(`a report that shows ${id} says so with its figures`, () => {
    assert.ok(seenIn(trouble).includes(id), `only ${seenIn(trouble).join(', ')}`)
    assert.ok(evidenceOf(trouble).includes(evidence), evidenceOf(trouble).join('\n'))
  })
}

test('a healthy report shows nothing', () => {
  assert.deepEqual(seenIn({ server: { upstreams: [upstreamSecond()] } }), [])
})

test('one symptom is told for each cause: a full CPU is not also said to be a full event loop', () => {
  assert.deepEqual(seenIn({ p95Ms: 400, cpus: 0.97, loop: 0.97 }), ['cpu-full'])
  assert.deepEqual(seenIn({ p95Ms: 400, cpus: 0.6, loop: 0.97 }), ['loop-full'])
})

test('calls of an upstream took what the server has measured, where the report has it', () => {
  const upstreams = [upstreamSecond({ poolRunning: 0, holdMs: 25_000 })]
  assert.deepEqual(evidenceOf({ p95Ms: 400, server: { upstreams } }), [
    'p95 400 ms; calls of primary take about 250 ms',
  ])
})

test('503 is explained by the queue or the circuit where those were seen, and only then left to the header', () => {
  assert.deepEqual(seenIn({ counts: { shed: 250 }, server: { queueRefused: 25 } }), ['queue-full'])
  assert.deepEqual(seenIn({ counts: { shed: 250 } }), ['unavailable'])
})

test('fewer than one in a thousand requests are no symptom, unless the error objective allows less', () => {
  const counts = { lost: 1 }
  const run = { requests: { ...troubledReport({ counts }).runs[0]!.requests, sent: 2_000, scheduled: 2_000 } }
  assert.deepEqual(seenIn({ run }), [])
  const check = {
    name: 'errors',
    expected: 'error rate < 0.01%',
    actual: '0.05 %',
    interval: null,
    outcome: 'fail',
  } as const
  assert.deepEqual(seenIn({ run, report: { verdict: { outcome: 'fail', checks: [check] } } }), ['connections-lost'])
})

test('answers are slow by the objective of the report, and by the 200 ms of the documents without one', () => {
  const check = { name: 'p95', expected: 'p95 < 500ms', actual: '400 ms', interval: null, outcome: 'pass' } as const
  assert.deepEqual(seenIn({ p95Ms: 200, cpus: 0.97 }), [])
  assert.deepEqual(seenIn({ p95Ms: 201, cpus: 0.97 }), ['cpu-full'])
  assert.deepEqual(seenIn({ p95Ms: 400, cpus: 0.97, report: { verdict: { outcome: 'pass', checks: [check] } } }), [])
})

test('a quantile that reports do not list is read from the histogram', () => {
  // The HTML page of the same fixture says 12.8 ms.
  const check = { name: 'p75', expected: 'p75 < 10ms', actual: '?', interval: null, outcome: 'fail' } as const
  const [first] = diagnose(troubledReport({ cpus: 0.97, report: { verdict: { outcome: 'fail', checks: [check] } } }))
  assert.equal(first?.evidence, 'p75 12.8 ms with the CPUs 97% busy')
})

test('a closed phase fills the target on purpose, so its latency is no symptom', () => {
  const workload = { kind: 'closed', connections: 50, ratePerS: null, arrivals: null } as const
  assert.deepEqual(seenIn({ p95Ms: 400, cpus: 1, loop: 1, run: { workload } }), [])
})

test('load that a late generator did not send in time is not held against the target', () => {
  const late = { code: 'generator-late', severity: 'invalid', evidence: '102 ms late', hint: 'lower the rate' } as const
  const validity = { verdict: 'invalid', reasons: [late] } as const
  const dropped = { verdict: 'invalid', reasons: [{ ...late, code: 'arrivals-dropped' }] } as const
  assert.deepEqual(seenIn({ run: { throughputPerS: 61, validity } }), [])
  assert.deepEqual(seenIn({ run: { throughputPerS: 61, validity: dropped } }), ['overload'])
})

test('an invalid run says nothing about latency, but its refusals count', () => {
  const validity = { verdict: 'invalid', reasons: [] } as const
  assert.deepEqual(seenIn({ p95Ms: 400, cpus: 1, run: { validity } }), [])
  assert.deepEqual(seenIn({ counts: { limited: 1_000 }, run: { validity } }), ['rate-limited'])
})

test('what was wrong on purpose is no symptom, and neither is what an interrupted run shows', () => {
  const faulty = troubledReport({ report: { runs: [brokenRunFixture()] } })
  assert.deepEqual(diagnose(faulty), [])
  assert.deepEqual(seenIn({ counts: { limited: 250 }, report: { interrupted: true } }), [])
})

test('of a search only what ran with the recommended settings shows symptoms', () => {
  const probe = {
    purpose: 'capacity',
    side: null,
    workers: 1,
    runs: [0],
    throughputPerS: null,
    cpuMsPerRequest: null,
    cpuUtilization: null,
    isUsed: true,
    why: 'to see whether 400/s keep the objectives',
  } as const
  const tuning = (purpose: 'capacity' | 'verify', side: 'recommended' | 'current' | null): Trouble => ({
    p95Ms: 400,
    cpus: 0.97,
    report: {
      tuning: {
        effort: 'quick',
        cpus: 1,
        probes: [{ ...probe, purpose, side }],
        choice: null,
        capacity: null,
        verification: null,
        tookMs: 9_000,
      },
    },
  })
  assert.deepEqual(seenIn(tuning('capacity', null)), [])
  assert.deepEqual(seenIn(tuning('verify', 'current')), [])
  assert.deepEqual(seenIn(tuning('verify', 'recommended')), ['cpu-full'])
})

test('a target whose processes are not seen shows no symptom of CPUs or memory', () => {
  assert.deepEqual(seenIn({ p95Ms: 400, run: { targetUse: null } }), [])
})

test('each symptom is told once, with the last run that shows it', () => {
  const report = troubledReport({ counts: { limited: 250 } })
  const [run] = report.runs
  assert.ok(run)
  const runs = [run, { ...run, phase: 'later' }, { ...run, phase: 'well', requests: { ...run.requests, limited: 0 } }]
  assert.deepEqual(
    diagnose({ ...report, runs }).map(({ evidence }) => evidence),
    ['later: 20% of requests were limited (429)'],
  )
})

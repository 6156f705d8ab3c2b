import type { LatencySummary, RequestCounts } from '../../src/core/measurement.ts'
import type { Report, Run } from '../../src/core/report.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'

/** Latencies of two kinds, as a cache makes them: `hits` answers near `hitMs`, the others near `missMs`, with a tail. */
export function latencyFixture(count: number, hitMs: number, missMs: number, hits: number): LatencySummary {
  const histogram = new LatencyHistogram()
  for (let index = 0; index < count; index++) {
    // Golden-ratio steps are spread evenly over 0..1 and the same on every run.
    const position = (index * 0.618_033_988_749_895) % 1
    const isHit = position < hits
    const within = isHit ? position / hits : (position - hits) / (1 - hits)
    histogram.record(1_000 * (isHit ? hitMs : missMs) * (0.7 + 0.3 / (1.02 - within)))
  }
  return histogram.summary()
}

/** All requests good, `cached` of them from the cache, but for what `other` says; sent and scheduled follow. */
export function countsFixture(good: number, cached: number, other: Partial<RequestCounts> = {}): RequestCounts {
  const counts = {
    limited: 0,
    shed: 0,
    failed: 0,
    mismatched: 0,
    timedOut: 0,
    lost: 0,
    unfinished: 0,
    dropped: 0,
    ...other,
  }
  const sent =
    good +
    counts.limited +
    counts.shed +
    counts.failed +
    counts.mismatched +
    counts.timedOut +
    counts.lost +
    counts.unfinished
  return { ...counts, good, cached, sent, scheduled: sent + counts.dropped }
}

const health = { processes: 1, loopDelayP99Ms: 1.2, sendRatio: 1, hiccupP99Ms: 0.9 }

const saturate: Run = {
  scenario: 'mixed',
  phase: 'saturate',
  workload: { kind: 'closed', connections: 50, ratePerS: null, arrivals: null },
  workers: 1,
  repetition: 1,
  startedAt: '2026-11-20T18:59:02.000Z',
  durationMs: 8_000,
  requests: countsFixture(19_752, 12_838),
  offeredPerS: 2_469,
  throughputPerS: 2_468.75,
  goodputPerS: 2_468.75,
  responseTime: latencyFixture(19_752, 12, 28, 0.65),
  serviceTime: latencyFixture(19_752, 12, 28, 0.65),
  otherOutcomes: {},
  errors: {},
  statusCodes: { '200': 19_752 },
  routes: [],
  targetUse: {
    cpuMsPerRequest: 0.391,
    busyLoopMsPerRequest: 0.352,
    cpus: 0.965,
    rssBytes: 131_072_000,
    pssBytes: 118_489_088,
    workers: [
      {
        pid: 4_242,
        role: 'primary',
        cpuMs: 310,
        runQueueDelayMs: 4,
        loopUtilization: 0.03,
        rssBytes: 62_914_560,
        pssBytes: 51_380_224,
        requests: null,
      },
      {
        pid: 4_243,
        role: 'worker',
        cpuMs: 7_410,
        runQueueDelayMs: 41,
        loopUtilization: 0.97,
        rssBytes: 68_157_440,
        pssBytes: 67_108_864,
        requests: 19_752,
      },
    ],
  },
  generator: { ...health, cpuFraction: 0.61, lateP50Ms: null, lateP99Ms: null },
  validity: { verdict: 'valid', reasons: [] },
  timeline: [2_410, 2_455, 2_471, 2_490, 2_480, 2_466, 2_492, 2_486].map((throughputPerS, second) => ({
    second,
    throughputPerS,
    goodputPerS: throughputPerS,
    p50Ms: 14.2,
    p99Ms: 70 + second,
    inFlight: 50,
    targetCpus: 0.97,
  })),
}

const steady: Run = {
  ...saturate,
  phase: 'steady',
  workload: { kind: 'open', connections: 200, ratePerS: 1_481, arrivals: 'poisson' },
  startedAt: '2026-11-20T18:59:11.000Z',
  requests: countsFixture(11_823, 7_690, { shed: 21, lost: 3, timedOut: 1 }),
  offeredPerS: 1_481,
  throughputPerS: 1_480.5,
  goodputPerS: 1_477.9,
  responseTime: latencyFixture(11_823, 0.9, 11.5, 0.65),
  serviceTime: latencyFixture(11_823, 0.8, 11, 0.65),
  otherOutcomes: {
    shed: { responseTime: latencyFixture(21, 1, 1.4, 0.5), serviceTime: latencyFixture(21, 1, 1.3, 0.5) },
    timedOut: { responseTime: latencyFixture(1, 10_000, 10_000, 1), serviceTime: latencyFixture(1, 10_000, 10_000, 1) },
  },
  errors: { ECONNRESET: 3 },
  statusCodes: { '200': 11_823, '503': 21 },
  routes: [
    {
      name: 'GET /api/v1/items/{id}',
      requests: countsFixture(7_094, 6_390),
      responseTime: latencyFixture(7_094, 0.8, 9, 0.9),
      serviceTime: latencyFixture(7_094, 0.7, 8.8, 0.9),
    },
    {
      name: 'GET /api/v1/search?q=coffee&limit=20',
      requests: countsFixture(3_547, 1_300, { shed: 21, lost: 3 }),
      responseTime: latencyFixture(3_547, 1.1, 12, 0.37),
      serviceTime: latencyFixture(3_547, 1, 11.6, 0.37),
    },
    {
      name: 'POST /api/v1/orders',
      requests: countsFixture(1_182, 0, { timedOut: 1 }),
      responseTime: latencyFixture(1_182, 14, 15, 0.5),
      serviceTime: latencyFixture(1_182, 13, 14, 0.5),
    },
  ],
  generator: { ...health, cpuFraction: 0.99, lateP50Ms: 0.002, lateP99Ms: 0.31 },
  timeline: [1_470, 1_493, 1_478, 1_490, 1_466, 1_488, 1_471, 1_488].map((throughputPerS, second) => ({
    second,
    throughputPerS,
    goodputPerS: throughputPerS - 3,
    p50Ms: 1.1,
    p99Ms: [31, 29, 33, 30, 118, 44, 30, 32][second] ?? null,
    inFlight: 6,
    targetCpus: 0.6,
  })),
}

/** A whole report of `tune bench` as it looks on a small machine, with whatever a test wants to be different. */
export function reportFixture(changes: Partial<Report> = {}): Report {
  return {
    schema: 'tune.report/v1',
    tool: { name: 'tune', version: '0.1.0' },
    createdAt: '2026-11-20T18:59:31.120Z',
    command: 'tune bench',
    seed: 1,
    host: {
      platform: 'linux',
      kernel: '6.1.0-28-amd64',
      nodeVersion: 'v24.21.0',
      virtualization: 'kvm',
      cpus: {
        model: 'AMD EPYC 9B45',
        logical: 2,
        affinity: [0, 1],
        quota: null,
        effective: 2,
        source: 'machine',
        origin: '/proc/self/status',
      },
      memory: { totalBytes: 8_321_499_136, limitBytes: 8_321_499_136, source: 'machine', origin: '/proc/meminfo' },
      fingerprint: '5f1c0a7be2d94c11',
    },
    placement: {
      mode: 'split',
      targetCpus: [0],
      generatorCpus: [1],
      targetEffectiveCpus: 1,
      generatorMaySpin: false,
      explanation: 'target on CPU 0, generator and simulators on CPU 1, so that neither takes time from the other',
    },
    target: {
      kind: 'bundled',
      url: 'http://127.0.0.1:43121',
      workers: 1,
      settings: { RATE_LIMIT_ENABLED: false, LOG_LEVEL: 'warn' },
    },
    runs: [saturate, steady],
    recommendations: [
      {
        setting: 'WEB_CONCURRENCY',
        value: 2,
        current: 1,
        unit: 'workers',
        basis: 'measured',
        formula: 'two-bottleneck throughput model',
        evidence: {
          cpuMsPerRequest: 0.391,
          busyLoopMsPerRequest: 0.352,
          measuredCpus: 1,
          deployedCpus: 2,
          modelledThroughputPerS: 4_420,
        },
        confidence: 'high',
        binding: 'cpu',
        explanation:
          'A request keeps the CPU busy for 0.391 ms and its event loop for 0.352 ms, so one worker fills one CPU. More blocking work per request would ask for more workers.',
      },
      {
        setting: 'UPSTREAM_POOL_MAX',
        value: 18,
        current: 100,
        unit: 'connections to each upstream',
        basis: 'modelled',
        formula: 'Erlang C wait quantile',
        evidence: { upstreamCallsPerS: 210, holdMs: 50.2, p99WaitMs: 4.1 },
        confidence: 'medium',
        binding: 'upstream wait',
        explanation: 'With 18 connections 99% of the calls wait less than 5 ms for one.',
      },
      {
        setting: 'CACHE_MAX_BYTES',
        value: 67_108_864,
        current: 67_108_864,
        unit: 'bytes',
        basis: 'constraint',
        formula: 'working set within the memory share of a worker',
        evidence: { meanEntryBytes: 1_310, hitFraction: 0.652 },
        confidence: 'low',
        binding: 'memory',
        explanation: 'The working set fits; a longer run would show whether it still grows.',
      },
    ],
    rulesOfThumb: [
      {
        setting: 'WEB_CONCURRENCY',
        rule: '2 × CPU + 1, at most 12 (gunicorn)',
        value: 5,
        comment: 'Made for workers that block; these share an event loop, and 3 of the 5 would only queue for a CPU.',
      },
      {
        setting: 'WEB_CONCURRENCY',
        rule: 'CPU × WORKERS_PER_CORE (tiangolo)',
        value: 2,
        comment: 'The same, because a request is nearly all CPU time.',
      },
      {
        setting: 'UPSTREAM_POOL_MAX',
        rule: 'workers × 2 + overhead',
        value: 14,
        comment: 'Knows nothing of how long a call holds its connection.',
      },
    ],
    verdict: {
      outcome: 'fail',
      checks: [
        {
          name: 'p95 response time (steady, open)',
          expected: 'p95 < 200ms',
          actual: '41.2 ms',
          interval: [39.8, 43.1],
          outcome: 'pass',
        },
        {
          name: 'error rate (steady, open)',
          expected: 'error rate < 0.1%',
          actual: '0.211 % (25 of 11848 requests)',
          interval: null,
          outcome: 'fail',
        },
        {
          name: 'max response time (steady, open)',
          expected: 'max < 1s',
          actual: 'no samples',
          interval: null,
          outcome: 'inconclusive',
        },
      ],
    },
    notes: ['the rate limiter is off, so that one client can load the server: RATE_LIMIT_ENABLED=false'],
    ...changes,
  }
}

/** Seconds in which the upstream `primary` was down: 3 and 4. */
function brokenSecond(second: number): Run['timeline'][number] {
  const isDown = second === 3 || second === 4
  const good = isDown ? 0 : 100
  const breaker = second === 3 ? 'closed' : second === 4 ? 'open' : second === 5 ? 'half-open' : 'closed'
  return {
    second,
    throughputPerS: 100,
    goodputPerS: good,
    p50Ms: isDown ? null : 20 + second,
    p99Ms: isDown ? null : 45 + second,
    inFlight: 2,
    targetCpus: 0.2,
    outcomes: {
      ...(isDown ? {} : { good: { count: good, p50Ms: 20 + second, p99Ms: 45 + second } }),
      ...(second === 3 ? { failed: { count: 100, p50Ms: 31, p99Ms: 40 } } : {}),
      ...(second === 4
        ? { shed: { count: 98, p50Ms: 1.2, p99Ms: 4 }, lost: { count: 2, p50Ms: null, p99Ms: null } }
        : {}),
    },
    workers: [
      { pid: 4_242, role: 'primary', cpus: 0.01, loopUtilization: null, rssBytes: 62_914_560 },
      { pid: 4_243, role: 'worker', cpus: 0.19, loopUtilization: 0.2, rssBytes: 68_157_440 },
    ],
    server: {
      cacheHits: 40,
      cacheMisses: 60,
      queueRunning: 2,
      queueWaiting: 1,
      queueRefused: 0,
      upstreams: [
        {
          name: 'primary',
          calls: 60,
          failures: isDown ? 60 : 0,
          breaker,
          poolRunning: 2,
          poolPending: 0,
          poolConnected: 4,
        },
        {
          name: 'secondary',
          calls: 0,
          failures: 0,
          breaker: 'closed',
          poolRunning: 0,
          poolPending: 0,
          poolConnected: 0,
        },
      ],
    },
  }
}

/** One open run of six seconds in which an upstream was down for two: wrong answers, then shed ones, then good ones again. */
export function brokenRunFixture(changes: Partial<Run> = {}): Run {
  return {
    ...steady,
    phase: 'breaker',
    faults: [{ upstream: 'primary', fromS: 2.004, toS: 4.001, fault: 'answers 100 % with 500' }],
    timeline: [1, 2, 3, 4, 5, 6].map(brokenSecond),
    ...changes,
  }
}

/** The fixture with its first run judged invalid. */
export function invalidReportFixture(): Report {
  const reasons = [
    {
      code: 'generator-limited',
      severity: 'invalid',
      evidence: 'the generator used 0.99 of its CPU while the target was busy 41% of the time',
      hint: 'give the generator another CPU, or load the target with fewer connections',
    } as const,
  ]
  const report = reportFixture({ verdict: { outcome: 'none', checks: [] } })
  return {
    ...report,
    runs: report.runs.map((run, index) => (index === 0 ? { ...run, validity: { verdict: 'invalid', reasons } } : run)),
  }
}

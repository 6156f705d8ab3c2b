import type { Report, Tuning } from '../../src/core/report.ts'
import { reportFixture } from './report-fixture.ts'

const probe: Tuning['probes'][number] = {
  purpose: 'calibrate',
  side: null,
  workers: 1,
  runs: [0],
  throughputPerS: 190,
  cpuMsPerRequest: 1.02,
  cpuUtilization: 0.195,
  isUsed: true,
  why: 'what a request costs, and how many connections fill the target',
}

/** A search that found 5 workers for a server that blocks. */
export const tuningFixture: Tuning = {
  effort: 'standard',
  cpus: 1,
  probes: [
    probe,
    { ...probe, purpose: 'search', workers: 5, runs: [], throughputPerS: 900, isUsed: false, why: 'predicted best' },
    {
      ...probe,
      purpose: 'search',
      workers: 5,
      runs: [1],
      throughputPerS: 930,
      cpuUtilization: 0.95,
      why: 'predicted best',
    },
    {
      ...probe,
      purpose: 'verify',
      side: 'recommended',
      workers: 5,
      runs: [],
      throughputPerS: 925,
      why: 'WEB_CONCURRENCY=5',
    },
    {
      ...probe,
      purpose: 'verify',
      side: 'current',
      workers: 1,
      runs: [],
      throughputPerS: 192,
      why: 'WEB_CONCURRENCY=5',
    },
  ],
  choice: {
    workers: 5,
    throughputPerS: 930,
    binding: 'cpu',
    why: 'with 5 workers the CPU is full',
    doubts: ['boots differed by 4 %'],
  },
  capacity: { ratePerS: 790, interval: [790, 830], objectives: ['p95 < 200ms', 'error rate < 1%'] },
  verification: { outcome: 'better', ratio: 4.82, interval: [4.6, 5.05], pairs: 3, why: 'WEB_CONCURRENCY=5' },
  tookMs: 171_000,
}

/** The report of that search. */
export function tuningReportFixture(changes: Partial<Tuning> = {}, ofReport: Partial<Report> = {}): Report {
  return reportFixture({
    command: 'tune recommend --quick -w 1',
    tuning: { ...tuningFixture, ...changes },
    verdict: { outcome: 'none', checks: [] },
    ...ofReport,
  })
}

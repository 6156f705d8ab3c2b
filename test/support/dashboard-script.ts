import type { BenchEvent, PhasePlan, Progress } from '../../src/core/events.ts'
import { reportFixture } from './report-fixture.ts'

const PHASES: readonly PhasePlan[] = [
  { name: 'warm-up', durationMs: 3_000, isMeasured: false },
  { name: 'saturate', durationMs: 8_000, isMeasured: true },
  { name: 'steady', durationMs: 8_000, isMeasured: true },
]

/** Half a second of a phase whose figures wave, with so many workers. */
export function progressFixture(
  phase: string,
  elapsedMs: number,
  workers = 2,
  changes: Partial<Progress> = {},
): Progress {
  const wave = Math.sin(elapsedMs / 900)
  const throughputPerS = 2_000 + 300 * wave
  return {
    phase,
    elapsedMs,
    durationMs: 8_000,
    offeredPerS: phase === 'steady' ? 2_000 : null,
    throughputPerS,
    goodputPerS: throughputPerS - 2,
    p50Ms: 2.1 + wave,
    p95Ms: 11.8 + 4 * wave,
    p99Ms: 41.7 + 20 * wave,
    inFlight: 50,
    notGood: Math.floor(elapsedMs / 3_000),
    processes: Array.from({ length: workers + 1 }, (_, index) => ({
      pid: 4_242 + index,
      cpus: index === 0 ? 0.04 : (1.6 + 0.1 * wave) / workers,
    })),
    ...changes,
  }
}

/** The events of a run of three phases, 500 ms between two progress events, as `measure` emits them. */
export function scriptedEvents(workers = 2): readonly BenchEvent[] {
  const { host, placement, runs } = reportFixture()
  return [
    { type: 'detected', host, placement: { ...placement, targetEffectiveCpus: 2 } },
    { type: 'run-planned', scenario: 'mixed', phases: PHASES },
    { type: 'target-starting', description: 'the bundled server' },
    { type: 'target-ready', url: 'http://127.0.0.1:43121', workers, tookMs: 412 },
    ...PHASES.flatMap(({ name, durationMs }) => [
      {
        type: 'phase-started' as const,
        phase: name,
        description: name === 'steady' ? 'open, 2000/s poisson' : 'closed, 50 connections',
      },
      ...Array.from({ length: durationMs / 500 }, (_, index) => ({
        type: 'progress' as const,
        progress: progressFixture(name, 500 * (index + 1), workers, { durationMs }),
      })),
      { type: 'phase-ended' as const, phase: name, run: runs.find(({ phase }) => phase === name) ?? null },
    ]),
  ]
}

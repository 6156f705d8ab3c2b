import assert from 'node:assert/strict'
import { test } from 'node:test'

import { singleRequestScenario } from '../../src/bench/ad-hoc-scenario.ts'
import { measure } from '../../src/bench/bench.ts'
import { progressReporter } from '../../src/cli/progress.ts'
import { TargetError } from '../../src/core/errors.ts'
import type { BenchEvent } from '../../src/core/events.ts'

const STYLE = { width: 80, color: false, unicode: true }
const LIVE: BenchEvent = {
  type: 'progress',
  progress: {
    phase: 'steady',
    elapsedMs: 1_000,
    durationMs: 8_000,
    offeredPerS: 100,
    throughputPerS: 100,
    goodputPerS: 100,
    p50Ms: 1,
    p95Ms: 2,
    p99Ms: 3,
    inFlight: 4,
    notGood: 0,
    processes: [],
  },
}

function written(isTTY: boolean, events: readonly BenchEvent[]): string {
  let text = ''
  const report = progressReporter({ isTTY, write: (part: string) => ((text += part), true) }, STYLE)
  for (const event of events) report(event)
  return text
}

test('the live line of a terminal is gone when the run has ended, also in the middle of a phase', () => {
  const text = written(true, [LIVE, { type: 'finished' }])
  assert.match(text, /steady/)
  assert.ok(text.endsWith('\r\u001B[2K'), JSON.stringify(text))
})

test('a log gets no control characters when the run has ended', () => {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  assert.doesNotMatch(written(false, [LIVE, { type: 'finished' }]), /[\r\u001B]/)
})

test('a run that fails tells at last that it has ended', async () => {
  const events: BenchEvent[] = []
  const options = {
    scenario: singleRequestScenario({ name: 'GET /', method: 'GET', path: '/', headers: {} }),
    target: { kind: 'url', url: new URL('http://127.0.0.1:1/'), insecure: false },
    placement: 'shared',
    cpusOverride: undefined,
    generators: 1,
    repeat: 1,
    timeoutMs: 1_000,
    seed: 1,
  } as const
  await assert.rejects(
    measure(options, (event) => events.push(event), new AbortController().signal),
    TargetError,
  )
  assert.equal(events.at(-1)?.type, 'finished')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { OUTCOMES, type RequestCounts } from '../../src/core/measurement.ts'
import { Recorder } from '../../src/load/recorder.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'

const GOOD = { outcome: 'good', statusCode: 200, isCached: false } as const

function total(counts: RequestCounts): number {
  return OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0)
}

type Step = 'answer' | 'shed' | 'timeOut' | 'lose' | 'failUnreadable' | 'drop' | 'leave'

function apply(recorder: Recorder, route: number, step: Step): void {
  if (step === 'drop') {
    recorder.drop(route)
    return
  }
  recorder.send(route)
  if (step === 'answer') recorder.answer(route, GOOD, 2, 1)
  else if (step === 'shed') recorder.answer(route, { outcome: 'shed', statusCode: 503, isCached: false }, 2, 1)
  else if (step === 'timeOut') recorder.timeOut(route, 1_000, 1_000)
  else if (step === 'lose') recorder.lose(route, 'ECONNRESET')
  else if (step === 'failUnreadable') recorder.failUnreadable(route, 'NOT_HTTP', 2, 1)
}

test('the outcomes add up to what was sent, in all and per route, whatever happens', () => {
  const step = fc.constantFrom<Step>('answer', 'shed', 'timeOut', 'lose', 'failUnreadable', 'drop', 'leave')
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), step)), (steps) => {
      const recorder = new Recorder(['a', 'b', 'c'])
      for (const [route, what] of steps) apply(recorder, route, what)
      const { counts, routes } = recorder.result()
      for (const part of [counts, ...routes.map((route) => route.counts)]) {
        assert.equal(part.sent, total(part))
        assert.equal(part.scheduled, part.sent + part.dropped)
      }
      assert.equal(counts.sent, steps.filter(([, what]) => what !== 'drop').length)
      assert.equal(counts.unfinished, steps.filter(([, what]) => what === 'leave').length)
      assert.equal(recorder.inFlight, counts.unfinished)
    }),
  )
})

test('times of good answers are kept per route, the others per outcome, in µs', () => {
  const recorder = new Recorder(['a', 'b'])
  for (const route of [0, 1, 1]) recorder.send(route)
  recorder.answer(0, GOOD, 0.25, 0.125)
  recorder.answer(1, GOOD, 3, 2)
  recorder.answer(1, { outcome: 'limited', statusCode: 429, isCached: false }, 7, 7)
  const { routes, otherOutcomes, statusCodes } = recorder.result()
  const max = (bytes: Uint8Array | undefined): number | null => LatencyHistogram.decode(bytes ?? new Uint8Array()).maxMs
  assert.equal(max(routes[0]?.responseTime), 0.25)
  assert.equal(max(routes[0]?.serviceTime), 0.125)
  assert.equal(max(routes[1]?.responseTime)?.toFixed(1), '3.0')
  assert.deepEqual(Object.keys(otherOutcomes), ['limited'])
  assert.equal(max(otherOutcomes['limited']?.responseTime)?.toFixed(1), '7.0')
  assert.deepEqual(statusCodes, { 200: 2, 429: 1 })
})

test('a route that was never sent is not in the result', () => {
  const recorder = new Recorder(['used', 'unused'])
  recorder.send(0)
  assert.deepEqual(
    recorder.result().routes.map((route) => route.name),
    ['used'],
  )
})

test('answers after the end of sending are counted but are not throughput', () => {
  const recorder = new Recorder(['a'])
  for (let sent = 0; sent < 4; sent++) recorder.send(0)
  recorder.answer(0, GOOD, 1, 1)
  recorder.answer(0, { outcome: 'failed', statusCode: 500, isCached: false }, 1, 1)
  recorder.endSending()
  recorder.answer(0, { ...GOOD, isCached: true }, 1, 1)
  const { counts, completedWhileSending, goodWhileSending } = recorder.result()
  assert.deepEqual([completedWhileSending, goodWhileSending], [2, 1])
  assert.deepEqual([counts.good, counts.cached, counts.failed, counts.unfinished], [2, 1, 1, 1])
})

test('a snapshot merges the good response times of all routes and leaves what is in flight out of the outcomes', () => {
  const recorder = new Recorder(['a', 'b'])
  assert.equal(LatencyHistogram.decode(recorder.snapshot(0).responseTime).count, 0)
  for (const route of [0, 1, 1]) recorder.send(route)
  recorder.answer(0, GOOD, 1, 1)
  recorder.answer(1, GOOD, 9, 1)
  const { elapsedMs, counts, inFlight, responseTime } = recorder.snapshot(500)
  assert.deepEqual([elapsedMs, inFlight, counts.sent, counts.unfinished], [500, 1, 3, 0])
  assert.equal(LatencyHistogram.decode(responseTime).count, 2)
})

test('error codes beyond the 20th are counted together', () => {
  const recorder = new Recorder(['a'])
  for (let number = 0; number < 25; number++) {
    recorder.send(0)
    recorder.lose(0, `E${number}`)
  }
  recorder.send(0)
  recorder.lose(0, 'E3')
  const { errors } = recorder.result()
  assert.equal(Object.keys(errors).length, 21)
  assert.equal(errors['other'], 5)
  assert.equal(errors['E3'], 2)
})

test('a recorder says when the last request in flight is settled', () => {
  let timesIdle = 0
  const recorder = new Recorder(['a'], () => timesIdle++)
  recorder.send(0)
  recorder.send(0)
  recorder.lose(0, 'CLOSED')
  assert.equal(timesIdle, 0)
  recorder.timeOut(0, 1, 1)
  assert.equal(timesIdle, 1)
})

test('lateness is kept for requests that were intended at a moment', () => {
  const recorder = new Recorder(['a'])
  recorder.send(0)
  recorder.send(0, 0.5)
  assert.equal(LatencyHistogram.decode(recorder.result().lateness).maxMs, 0.5)
})

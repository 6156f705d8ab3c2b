import assert from 'node:assert/strict'
import { test } from 'node:test'

import { countsToMeasure, TUNER_CASES, tunerCasesNamed } from './support/tuner-cases.ts'
import { choiceIn } from './support/tuner-runs.ts'

const [first] = TUNER_CASES
const SHARE = { cpus: 2, memoryLimitBytes: 8 * 2 ** 30 }

test('a case of the tuner is chosen by its name, and several by a part of it', () => {
  const named = (part: string): readonly string[] => tunerCasesNamed(part).map(({ name }) => name)
  assert.deepEqual(named('cpu'), ['cpu'])
  assert.deepEqual(named('cpu-'), ['cpu-async', 'cpu-blocking'])
  assert.deepEqual(tunerCasesNamed(''), TUNER_CASES)
  assert.throws(() => tunerCasesNamed('gunicron'), { name: 'RangeError', message: /none of the cases.*gunicorn/ })
})

test('measured are a grid to beyond the best, what the rules say, and what was chosen', () => {
  assert.ok(first !== undefined)
  assert.deepEqual(countsToMeasure(first, SHARE, [7]), [1, 2, 3, 4, 5, 6, 7, 16])
  assert.deepEqual(countsToMeasure({ ...first, workersPerCpu: 5 }, SHARE, []), [1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20])
})

test('a report tells the choice, how many probes it took, and what the verification found', () => {
  const tuning = {
    probes: [{}, {}, {}],
    choice: { workers: 11 },
    verification: { outcome: 'better', ratio: 4.2 },
    tookMs: 80_000,
  }
  assert.deepEqual(choiceIn({ tuning }, 'quick', 85_000), {
    part: 'choice',
    effort: 'quick',
    workers: 11,
    probes: 3,
    tookMs: 85_000,
    outcome: 'better',
    ratio: 4.2,
  })
  const unverified = choiceIn({ tuning: { ...tuning, verification: null } }, 'standard', 1)
  assert.deepEqual([unverified.outcome, unverified.ratio], [null, null])
})

test('a report without a choice of workers is no choice', () => {
  assert.throws(() => choiceIn({}, 'standard', 1), /no number of workers/)
  const tuning = { probes: [{}], choice: null, verification: null, tookMs: 1 }
  assert.throws(() => choiceIn({ tuning }, 'standard', 1), /no number of workers after 1 probes/)
})

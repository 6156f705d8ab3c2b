import assert from 'node:assert/strict'
import { test } from 'node:test'

import { rulesOfThumb } from '../../src/sizing/rules-of-thumb.ts'
import type { SizingInput } from '../../src/sizing/sizing-input.ts'
import { EXAMPLE, MIB } from './sizing-input-example.ts'

function valueOf(rule: RegExp, input: SizingInput): number | undefined {
  return rulesOfThumb(input, 2).find((candidate) => rule.test(candidate.rule))?.value
}

test('on two CPUs the published rules ask for 2, 3, 4, 5 workers and more', () => {
  const rules = rulesOfThumb(EXAMPLE, 2).filter(({ setting }) => setting === 'WEB_CONCURRENCY')
  // gunicorn 2·2 + 1; cores × 1; cores × 2; Node 2; pm2 8 host CPUs; Heroku 2 048 / 512; Goetz 2 · 22 ms / 2 ms.
  assert.deepEqual(
    rules.map(({ value }) => value),
    [5, 2, 4, 2, 8, 4, 22],
  )
})

test('a rule says how far it is from what was measured', () => {
  const comments = rulesOfThumb(EXAMPLE, 4).map(({ comment }) => comment.split(':')[0])
  assert.deepEqual(comments.slice(0, 3), ['1 more', '2 fewer', 'the same'])
  const unmeasured = rulesOfThumb({ ...EXAMPLE, saturated: null }, null)
  assert.ok(unmeasured.every(({ comment }) => !/^(the same|\d+ (more|fewer))/.test(comment)))
})

test('the rules that grow with the CPUs stop at their published bounds', () => {
  const large = { ...EXAMPLE, deployedCpus: 64, logicalCpus: 64 }
  assert.equal(valueOf(/gunicorn/, large), 12)
  assert.equal(valueOf(/CORE=1/, large), 10)
  assert.equal(valueOf(/CORE=2/, large), 10)
  assert.equal(valueOf(/Node/, large), 64)
})

test('a part of a CPU counts as one where a rule needs whole ones', () => {
  const tiny = { ...EXAMPLE, deployedCpus: 0.25 }
  assert.equal(valueOf(/gunicorn/, tiny), 3)
  assert.equal(valueOf(/Node/, tiny), 1)
  assert.equal(valueOf(/Node/, { ...EXAMPLE, deployedCpus: 1.9 }), 1)
})

test('the Heroku rule plans 512 MiB, 2 GiB on large machines, and one process when the formula runs away', () => {
  const withMemory = (mebibytes: number) => valueOf(/Heroku/, { ...EXAMPLE, memoryLimitBytes: mebibytes * MIB })
  assert.deepEqual([withMemory(256), withMemory(14_336), withMemory(32_768), withMemory(1_048_576)], [1, 28, 16, 1])
})

test('the Goetz rule is left out when the times it needs were not measured', () => {
  assert.equal(valueOf(/Goetz/, { ...EXAMPLE, steady: null }), undefined)
})

test('pools per process are shown with what all processes open together', () => {
  const rules = rulesOfThumb({ ...EXAMPLE, workers: 16 }, null).filter(
    ({ setting }) => setting === 'DATABASE_POOL_SIZE',
  )
  assert.deepEqual(
    rules.map(({ value }) => value),
    [35, 5],
  )
  assert.match(rules[0]?.comment ?? '', /open 560$/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { performJob } from '../../../src/server/jobs/job-work.ts'
import { FakeClock } from '../../support/fake-clock.ts'

test('the words of all texts are counted, however deep they lie, and those of keys are not', async () => {
  const nested = Array.from({ length: 10_000 }).reduce<unknown>((inner) => [inner], 'two words')
  for (const [payload, words] of [
    [{ text: 'Zwölf Boxkämpfer jagen Viktor, quer über den großen Sylter Deich 140.' }, 11],
    [{ a: ['one', { 'two words': 'three' }], b: 4, c: null }, 2],
    [nested, 2],
    [{}, 0],
    [null, 0],
  ] as const) {
    assert.deepEqual(await performJob(payload, new FakeClock()), { words })
  }
})

test('a payload can ask to take its time and to fail, within bounds', async () => {
  const clock = new FakeClock()
  const work = assert.rejects(performJob({ wait_ms: 1e9, fail: true }, clock), { message: 'the payload asks to fail' })
  clock.advance(10_000)
  await work
  assert.equal(clock.pendingTasks, 0)
})

test('a payload may be as wide as it likes', async () => {
  assert.deepEqual(await performJob(Array(500_000).fill('word'), new FakeClock()), { words: 500_000 })
})

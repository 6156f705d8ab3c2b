import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Alarm } from '../../src/load/alarm.ts'

for (const maySpin of [false, true]) {
  const how = maySpin ? 'that may spin' : 'that may not spin'

  test(`an alarm ${how} never wakes before its moment`, async () => {
    for (const aheadMs of [0, 0.3, 1.7, 4.4]) {
      const atMs = performance.now() + aheadMs
      const wokenMs = await new Promise<number>((resolve) => {
        new Alarm(() => resolve(performance.now()), maySpin).set(atMs)
      })
      assert.ok(wokenMs >= atMs, `${wokenMs - atMs} ms after`)
    }
  })

  test(`an alarm ${how} wakes once for the moment that was set last, and not at all when it is cancelled`, async () => {
    const woken: string[] = []
    const cancelled = new Alarm(() => woken.push('cancelled'), maySpin)
    cancelled.set(performance.now() + 1)
    cancelled.cancel()
    assert.equal(cancelled.atMs, Infinity)
    await new Promise<void>((resolve) => {
      const alarm = new Alarm(() => {
        woken.push('set')
        setTimeout(resolve, 5)
      }, maySpin)
      alarm.set(performance.now() + 1)
      alarm.set(Infinity)
      alarm.set(performance.now() + 3)
    })
    assert.deepEqual(woken, ['set'])
  })
}

test('what is due at once does not keep answers from being read', async () => {
  let turns = 0
  const read = new Promise<void>((resolve) => setTimeout(resolve, 1))
  const alarm: Alarm = new Alarm(() => {
    turns++
    alarm.set(0)
  }, true)
  alarm.set(0)
  await read
  alarm.cancel()
  assert.ok(turns > 0)
})

test('an alarm that is not set spins while something may come in, then stops, and begins again when it is set anew', async () => {
  let left = 5
  let asked = 0
  const isAwaiting = (): boolean => {
    asked++
    return --left > 0
  }
  const alarm = new Alarm(() => assert.fail('nothing is due'), true, isAwaiting)
  for (const times of [5, 3]) {
    left = times
    asked = 0
    alarm.set(Infinity)
    await turnsOfLoop(100)
    assert.equal(asked, times)
  }
  left = Infinity
  alarm.set(Infinity)
  await turnsOfLoop(10)
  alarm.cancel()
  asked = 0
  await turnsOfLoop(10)
  assert.equal(asked, 0)
})

test('an alarm that may not spin never does, whatever may come in', async () => {
  let asked = 0
  new Alarm(
    () => assert.fail('nothing is due'),
    false,
    () => ++asked > 0,
  ).set(Infinity)
  await turnsOfLoop(10)
  assert.equal(asked, 0)
})

/** Lets the event loop turn so many times. */
async function turnsOfLoop(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LogBuffer, WORKER_LOG_BUFFER } from '../../../src/server/logs/log-buffer.ts'
import type { LogBufferOptions } from '../../../src/server/logs/log-buffer.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** A sink that takes what it is given only when the test says so. */
function bufferUnderTest(options: LogBufferOptions = WORKER_LOG_BUFFER) {
  const clock = new FakeClock()
  const written: string[] = []
  let done: (() => void) | undefined
  const sink = (text: string, _lines: number, taken: () => void): void => {
    assert.equal(done, undefined, 'one write at a time')
    written.push(text)
    done = taken
  }
  const take = (): void => {
    const taken = done ?? assert.fail('nothing was written')
    done = undefined
    taken()
  }
  return { clock, written, take, buffer: new LogBuffer(sink, options, clock) }
}

const LINE = `${'x'.repeat(99)}\n`

test('lines of 100 ms go out in one write, with one timer', () => {
  const { clock, written, take, buffer } = bufferUnderTest()
  buffer.add('one\n')
  clock.advance(99)
  buffer.add('two\n')
  assert.equal(clock.pendingTasks, 1)
  assert.deepEqual(written, [])
  clock.advance(1)
  assert.deepEqual(written, ['one\ntwo\n'])
  take()
  assert.equal(clock.pendingTasks, 0)
})

test('64 KiB go out at once', () => {
  const { written, clock, buffer } = bufferUnderTest()
  for (let line = 0; line < 656; line++) buffer.add(LINE)
  assert.deepEqual(
    written.map(({ length }) => length),
    [65_600],
  )
  assert.equal(clock.pendingTasks, 0)
})

test('a reader that stalls costs lines and not memory, and the log tells how many', () => {
  const { clock, written, take, buffer } = bufferUnderTest()
  buffer.add('first\n')
  clock.advance(100)
  for (let line = 0; line < 20_000; line++) buffer.add(LINE)
  clock.advance(10_000)
  assert.equal(written.length, 1, 'nothing more while the reader stalls')
  take()
  assert.equal(written.length, 2)
  const kept = (written[1] ?? '').split('\n').slice(0, -1)
  const last = JSON.parse(kept.pop() ?? '') as { level: string; dropped: number }
  assert.equal(kept.length, Math.floor(WORKER_LOG_BUFFER.maxLength / LINE.length))
  assert.deepEqual([last.level, last.dropped], ['error', 20_000 - kept.length])
  assert.equal(buffer.dropped, 20_000 - kept.length)
  take()
  buffer.add('after\n')
  clock.advance(100)
  assert.equal(written[2], 'after\n')
})

test('a flush writes what there is, waits until it was taken, and not for ever', async () => {
  const { clock, written, take, buffer } = bufferUnderTest()
  await buffer.flush(500)
  buffer.add('one\n')
  const flushed = buffer.flush(500)
  assert.deepEqual(written, ['one\n'])
  buffer.add('two\n')
  take()
  assert.deepEqual(written, ['one\n', 'two\n'])
  take()
  await flushed
  buffer.add('three\n')
  const stuck = buffer.flush(500)
  clock.advance(500)
  await stuck
})

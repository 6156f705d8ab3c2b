import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import type { TargetStats, WorkerStats } from '../../src/server/messages.ts'
import { QueueKeeper } from '../../src/server/queue-keeper.ts'
import { loadQueueState, saveQueueState } from '../../src/server/queue-state.ts'
import type { QueueState } from '../../src/server/queue-state.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { QUEUE, until } from './app-under-test.ts'

const STATE: QueueState = { maxSize: 3_000, initialSize: 1_000, queueLength: 7, counters: { admitted: 90, refused: 4 } }
const SAVED_AT = new Date('2026-01-02T03:04:05.678Z')
const WHOLE = {
  version: 1,
  max_size: 3_000,
  initial_size: 1_000,
  queue_length: 7,
  saved_at: '2026-01-02T03:04:05.678Z',
  counters: { admitted: 90, refused: 4 },
}

/** A server whose one worker has counted so much. */
function statsOf(admitted: number, refused: number, waiting = 0): TargetStats {
  const queue = { running: 0, waiting, limit: 1, admitted, refused }
  const worker = { pid: 1, queue } as unknown as WorkerStats // nothing else is looked at
  return { primaryPid: 0, workers: [worker], silentPids: [], recycled: 0, crashed: 0 }
}

async function keeperOf(path: string, stats: () => Promise<TargetStats>, capacity = 1_000) {
  const failures: string[] = []
  const parts = { stats, onFailure: (text: string) => failures.push(text) }
  const state = { path, saveIntervalMs: 60_000 }
  return { failures, keeper: await QueueKeeper.open({ ...QUEUE, capacity }, state, parts) }
}

test('QU09 a saved state is one JSON object with its version, and is loaded as it was', async () => {
  const path = join(temporaryFolder('queue'), 'queue.json')
  await saveQueueState(path, STATE, SAVED_AT)
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), WHOLE)
  assert.deepEqual(await loadQueueState(path), { kind: 'loaded', state: STATE })
})

test('QU09 a file that does not exist is no damage', async () => {
  assert.deepEqual(await loadQueueState(join(temporaryFolder('queue'), 'none.json')), { kind: 'missing' })
})

for (const [what, content] of [
  ['an empty file', ''],
  ['an empty object', '{}'],
  ['a truncated file', JSON.stringify(WHOLE).slice(0, 40)],
  ['a list', '[]'],
  ['null', 'null'],
  ['bytes that are no text', '\0\0\0'],
  ['a file of a megabyte', ' '.repeat(1_048_576)],
  ['another version', JSON.stringify({ ...WHOLE, version: 2 })],
  ...[0, -1, 1e12, 1.5, 'x', null].map(
    (size) => [`a max_size of ${JSON.stringify(size)}`, JSON.stringify({ ...WHOLE, max_size: size })] as const,
  ),
  ['a length that is none', JSON.stringify({ ...WHOLE, queue_length: -1 })],
  ['no counters', JSON.stringify({ ...WHOLE, counters: undefined })],
  ['counters that are none', JSON.stringify({ ...WHOLE, counters: { admitted: 'many', refused: 0 } })],
] as const) {
  test(`QU09 after ${what} the queue has the size of the settings, and somebody is told`, async () => {
    const path = join(temporaryFolder('queue'), 'queue.json')
    writeFileSync(path, content)
    const { keeper, failures } = await keeperOf(path, () => Promise.resolve(statsOf(1, 0)))
    assert.equal(keeper.size, 1_000)
    assert.equal(failures.length, 1)
    assert.match(failures[0] ?? '', /QUEUE_STATE_PATH: .*queue\.json is not used/)
    await keeper.close()
    assert.equal((await loadQueueState(path)).kind, 'loaded', 'the next save mends it')
  })
}

test('QU09 a folder in its place, or none around it, costs a warning each time and nothing else', async () => {
  const root = temporaryFolder('queue')
  mkdirSync(join(root, 'queue.json'))
  for (const [path, expected] of [
    [join(root, 'queue.json'), 2],
    [join(root, 'nowhere', 'queue.json'), 1],
  ] as const) {
    const { keeper, failures } = await keeperOf(path, () => Promise.resolve(statsOf(1, 0)))
    await keeper.close()
    assert.equal(keeper.size, 1_000)
    assert.equal(failures.length, expected, failures.join('\n'))
  }
})

test('QU09 a disk that is full costs a warning, and the file before stays', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('there is no /dev/full')
  const path = join(temporaryFolder('queue'), 'queue.json')
  await saveQueueState(path, STATE, SAVED_AT)
  symlinkSync('/dev/full', `${path}.${process.pid}.tmp`)
  const { keeper, failures } = await keeperOf(path, () => Promise.resolve(statsOf(1, 0)))
  await keeper.close()
  assert.match(failures.join('\n'), /was not saved \(.*ENOSPC/)
  assert.deepEqual(await loadQueueState(path), { kind: 'loaded', state: STATE })
  assert.deepEqual(readdirSync(dirname(path)), ['queue.json'])
})

test('QU09 a folder that not even root can write to costs a warning', async () => {
  const { keeper, failures } = await keeperOf('/proc/queue.json', () => Promise.resolve(statsOf(1, 0)))
  await keeper.close()
  assert.equal(failures.length, 1)
})

test('QU09 a process that is killed at any moment leaves a file that can be loaded', async () => {
  const path = join(temporaryFolder('queue'), 'queue.json')
  const module = new URL('../../src/server/queue-state.ts', import.meta.url).href
  const code = `import { saveQueueState } from '${module}'
    for (let size = 1; ; size = 1 + size % 1000) {
      await saveQueueState(${JSON.stringify(path)}, { ...${JSON.stringify(STATE)}, maxSize: size }, new Date())
    }`
  for (const delayMs of [0, 3, 7, 13, 29]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    rmSync(path, { force: true })
    await until(() => existsSync(path), 'the first save')
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    child.kill('SIGKILL')
    await ended
    const loaded = await loadQueueState(path)
    assert.equal(loaded.kind, 'loaded', JSON.stringify(loaded))
  }
})

test('QU09 a size that was set while the server ran is there after a restart, unless the settings have changed', async () => {
  const path = join(temporaryFolder('queue'), 'queue.json')
  const stats = (): Promise<TargetStats> => Promise.resolve(statsOf(0, 0))
  const { keeper } = await keeperOf(path, stats)
  keeper.resize(2_500)
  await keeper.close()
  assert.equal((await keeperOf(path, stats)).keeper.size, 2_500)
  assert.equal((await keeperOf(path, stats, 1_500)).keeper.size, 1_500)
})

test('QU09 a size that was restored stays while other settings are applied, until QUEUE_SIZE itself is another', async () => {
  const path = join(temporaryFolder('queue'), 'queue.json')
  const stats = (): Promise<TargetStats> => Promise.resolve(statsOf(0, 0))
  const { keeper: before } = await keeperOf(path, stats)
  before.resize(2_500)
  await before.close()
  const { keeper } = await keeperOf(path, stats)
  const sizes = [1_000, 1_000, 3_000, 1_000].map((setting) => {
    const size = keeper.sizeFor(setting)
    keeper.resize(setting)
    return [size, keeper.size]
  })
  assert.deepEqual(sizes, [
    [2_500, 2_500],
    [2_500, 2_500],
    [3_000, 3_000],
    [1_000, 1_000],
  ])
})

test('QU09 counts go on over restarts, of the server and of its workers', async () => {
  const path = join(temporaryFolder('queue'), 'queue.json')
  const told = [statsOf(10, 1, 3), statsOf(15, 1), statsOf(4, 2)]
  const { keeper } = await keeperOf(path, () => Promise.resolve(told.shift() ?? assert.fail('asked too often')))
  const counted: unknown[] = []
  for (let save = 0; save < 3; save++) {
    await keeper.close()
    const loaded = await loadQueueState(path)
    counted.push(loaded.kind === 'loaded' && [loaded.state.counters, loaded.state.queueLength])
  }
  assert.deepEqual(counted, [
    [{ admitted: 10, refused: 1 }, 3],
    [{ admitted: 15, refused: 1 }, 0],
    [{ admitted: 19, refused: 3 }, 0],
  ])
  const again = await keeperOf(path, () => Promise.resolve(statsOf(1, 0)))
  await again.keeper.close()
  const loaded = await loadQueueState(path)
  assert.deepEqual(loaded.kind === 'loaded' && loaded.state.counters, { admitted: 20, refused: 3 })
})

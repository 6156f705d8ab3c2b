import assert from 'node:assert/strict'
import { fork, spawn, spawnSync } from 'node:child_process'
import { hash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { jsonAnswer } from '../../../src/server/answer.ts'
import { FileStore } from '../../../src/server/cache-stores/file-store.ts'
import { decodeAnswer } from '../../../src/server/cache-stores/stored-answer.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { runApp, send, until } from '../app-under-test.ts'
import type { RunningApp } from '../app-under-test.ts'
import { CACHE } from '../cache-options.ts'

const LONG_MS = 60_000
/** Making a small disk takes rights that not everybody has. */
const CAN_MOUNT = spawnSync('unshare', ['-m', 'true']).status === 0

function keyOf(text: string): string {
  return hash('sha256', text, 'base64url')
}

function emptyDirectory(): string {
  return join(temporaryFolder('cache'), 'cache')
}

async function openStore(t: TestContext, directory: string, maxBytes = 10_000_000, aheadMs = 0): Promise<FileStore> {
  const store = new FileStore({ directory, maxBytes, wallClock: () => Date.now() + aheadMs })
  await store.check()
  t.after(() => store.close())
  return store
}

function bytesIn(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => {
    const size = statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0
    return sum + Math.ceil(size / 4_096) * 4_096
  }, 0)
}

test('CA22 of what two processes write at the same time, and are killed while they do, no part is ever read', async (t) => {
  const directory = emptyDirectory()
  const store = await openStore(t, directory, 2_000_000)
  const script = fileURLToPath(new URL('file-writer.ts', import.meta.url))
  const written = [0, 0]
  const writers = [0, 1].map((index) => {
    const writer = fork(script, [directory])
    t.after(() => writer.kill('SIGKILL'))
    return writer.on('message', (round: number) => (written[index] = round))
  })
  let read = 0
  const readAll = async (): Promise<void> => {
    for (let item = 0; item < 10; item++) {
      const key = keyOf(`key ${item}`)
      const claim = await store.claim(key, `reader ${read}`, 1)
      if (claim.kind !== 'found') continue
      read++
      const body = decodeAnswer(key, claim.bytes, claim.remainingMs, 0)?.answer.body
      assert.ok(Buffer.isBuffer(body), 'a damaged entry')
      assert.ok(body.every((byte) => byte === body[0]))
    }
  }
  await until(async () => {
    await readAll()
    return written.every((rounds) => rounds > 60)
  }, 'both have written for a while')
  const ended = writers.map((writer) => once(writer, 'exit'))
  for (const writer of writers) writer.kill('SIGKILL')
  await Promise.all(ended)
  await readAll()
  assert.ok(read > 10, `${read} entries were read`)
})

test('CA22 what a killed process was writing goes when it is old, and not before', async (t) => {
  const directory = emptyDirectory()
  mkdirSync(directory)
  writeFileSync(join(directory, `${keyOf('k')}-${randomUUID()}.part`), 'half')
  writeFileSync(join(directory, 'a file of somebody else'), 'theirs')
  const store = await openStore(t, directory)
  await store.close()
  assert.equal(readdirSync(directory).length, 2)
  await openStore(t, directory, 10_000_000, 61_000)
  await until(() => readdirSync(directory).length === 1, 'the part is gone')
  assert.deepEqual(readdirSync(directory), ['a file of somebody else'])
})

test('CA22 files of somebody else stay, whatever they are called and however old they are', async (t) => {
  const directory = emptyDirectory()
  const theirs = [
    'x.cache',
    'yarn.lease',
    'film.part',
    `${keyOf('k')}.cache.part`,
    `check-1.part`,
    `a${keyOf('k')}.cache`,
  ]
  mkdirSync(directory)
  for (const name of theirs) writeFileSync(join(directory, name), 'theirs')
  const ours = [`${keyOf('k')}.cache`, `${keyOf('k')}.lease-${randomUUID()}.part`, `check-${randomUUID()}.part`]
  for (const name of ours) writeFileSync(join(directory, name), 'ours')
  await openStore(t, directory, 10_000_000, 61_000)
  await until(() => readdirSync(directory).length <= theirs.length, 'our own are gone')
  assert.deepEqual(readdirSync(directory).sort(), theirs.sort())
})

test('CA22 what came of calls that failed is kept within the bytes too', async (t) => {
  const directory = emptyDirectory()
  let aheadMs = 0
  const store = new FileStore({ directory, maxBytes: 1_000_000, wallClock: () => Date.now() + aheadMs })
  t.after(() => store.close())
  await store.check()
  for (let item = 0; item < 1_000; item++) {
    const key = keyOf(String(item))
    await store.claim(key, 'me', LONG_MS)
    await store.release(key, 'me', Buffer.from('failed'))
    aheadMs += LONG_MS
  }
  await until(() => bytesIn(directory) <= 1_000_000, 'there is no more than may be')
})

test('CA22 a key that is no digest reaches no file', async (t) => {
  const directory = emptyDirectory()
  const store = await openStore(t, directory)
  for (const key of [
    '../../../etc/passwd',
    '',
    '/',
    'x'.repeat(43) + '/',
    `..${'x'.repeat(41)}`,
    keyOf('k') + '\u0000',
  ]) {
    await assert.rejects(store.claim(key, 'me', LONG_MS), RangeError, key)
    await assert.rejects(store.publish(key, 'me', Buffer.from('v'), LONG_MS), RangeError, key)
  }
  assert.deepEqual(readdirSync(directory), [])
})

test('CA22 files are kept within their bytes, and those whose time is over soonest go first', async (t) => {
  const directory = emptyDirectory()
  const store = await openStore(t, directory, 1_000_000)
  const keyed = (item: number): string => keyOf(String(item))
  for (let item = 0; item < 100; item++) {
    await store.publish(keyed(item), 'me', Buffer.alloc(40_000), LONG_MS + item * 1_000)
    // A twentieth is written between two looks, and a look takes a moment.
    assert.ok(bytesIn(directory) <= 1_500_000, `${bytesIn(directory)} bytes`)
  }
  await until(() => bytesIn(directory) <= 1_000_000, 'there is no more than may be')
  const kinds: string[] = []
  for (const item of [0, 1, 98, 99]) kinds.push((await store.claim(keyed(item), 'me', LONG_MS)).kind)
  assert.deepEqual(kinds, ['granted', 'granted', 'found', 'found'])
})

test('CA22 what is over goes with the next look, also what another process has left', async (t) => {
  const directory = emptyDirectory()
  const before = await openStore(t, directory)
  await before.publish(keyOf('a'), 'me', Buffer.from('v'), 1_000)
  await before.claim(keyOf('b'), 'me', 1_000)
  await openStore(t, directory, 10_000_000, 10_000)
  await until(() => readdirSync(directory).length === 0, 'the files are gone')
})

test('CA20 with the timeout of the documents, 50 ms, another process finds much that was made at the same time', async (t) => {
  const shared = { kind: 'file', directory: emptyDirectory(), maxBytes: 10_000_000, timeoutMs: 50 } as const
  const route = { method: 'GET', path: '/it', isCacheable: true, handle: () => jsonAnswer(200, {}) } as const
  const [first, second] = [
    await runApp(t, { cache: { ...CACHE, shared } }, [route]),
    await runApp(t, { cache: { ...CACHE, shared } }, [route]),
  ]
  const isUp = (app: RunningApp): boolean => app.stats().cache?.shared?.isUp === true
  await until(() => isUp(first) && isUp(second), 'the directory is found')
  // A busy machine may take longer once; then the directory is found again.
  let item = 0
  await until(async () => {
    const urls = Array.from({ length: 20 }, () => `/it?${item++}`)
    await Promise.all(urls.map((url) => send(first.url + url)))
    await until(() => first.stats().cache?.shared?.running === 0, 'all is handed on')
    const found = await Promise.all(urls.map((url) => send(second.url + url)))
    return found.every(({ headers }) => headers['x-cache'] === 'HIT')
  }, 'the other one finds all')
})

test('CA22 files can be read by nobody else', async (t) => {
  const directory = emptyDirectory()
  const store = await openStore(t, directory)
  await store.publish(keyOf('a'), 'me', Buffer.from('v'), LONG_MS)
  const modes = [directory, ...readdirSync(directory).map((name) => join(directory, name))].map((path) =>
    (statSync(path).mode & 0o777).toString(8),
  )
  assert.deepEqual(modes, ['700', '600'])
})

test('H13 what one server has stored the next one finds', async (t) => {
  const directory = emptyDirectory()
  const before = await openStore(t, directory)
  await before.publish(keyOf('a'), 'me', Buffer.from('v'), LONG_MS)
  await before.close()
  assert.equal((await (await openStore(t, directory)).claim(keyOf('a'), 'me', LONG_MS)).kind, 'found')
})

test('a directory that cannot be used is known as such, and again when it can', async (t) => {
  const directory = emptyDirectory()
  writeFileSync(directory, 'a file')
  const store = new FileStore({ directory, maxBytes: 1_000_000, wallClock: () => Date.now() })
  t.after(() => store.close())
  await assert.rejects(store.check())
  rmSync(directory)
  await store.check()
  chmodSync(directory, 0o700)
})

test(
  'CA22 on a disk that is full answers come from memory, and nothing is taken for down',
  { skip: !CAN_MOUNT && 'no disk of a test can be made here' },
  async (t) => {
    const directory = emptyDirectory()
    mkdirSync(directory)
    const script = fileURLToPath(new URL('full-disk.ts', import.meta.url))
    const mount = 'mount -t tmpfs -o size=64k tmpfs "$1" && exec "$2" "$3" "$1"'
    const child = spawn('unshare', ['-m', 'sh', '-c', mount, 'sh', directory, process.execPath, script], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    t.after(() => child.kill('SIGKILL'))
    const [[told]] = await Promise.all([once(child, 'message'), once(child, 'exit')])
    assert.deepEqual(told, { statuses: [200, 200], caches: ['MISS', 'HIT'], failed: 1, isUp: true })
  },
)

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { ResponseCache } from '../../src/resilience/response-cache.ts'
import type { CachedValueTraits, CacheLoad, ResponseCacheOptions } from '../../src/resilience/response-cache.ts'
import { FakeClock } from '../support/fake-clock.ts'

const OPTIONS = { maxEntries: 100, maxBytes: 10_000, ttlMs: 300_000, maxWaiters: 1_000, timeoutMs: 60_000 }

function setUp(options: Partial<ResponseCacheOptions> = {}, traits: Partial<CachedValueTraits<string>> = {}) {
  const clock = new FakeClock()
  const cache = new ResponseCache<string>(
    { ...OPTIONS, ...options },
    { sizeBytes: (value) => value.length, ...traits },
    clock,
    new DeadlineSweep(clock),
  )
  const fill = async (key: string, value = key): Promise<void> => {
    assert.equal(await resultOf(cache.load(key, () => Promise.resolve(value))), value)
  }
  return { clock, cache, fill }
}

function resultOf(load: CacheLoad<string>): Promise<string> {
  assert.ok(load.role === 'leader' || load.role === 'follower', `expected a seat, got ${load.role}`)
  return load.result
}

test('CA01 what was loaded once is answered from the cache', async () => {
  const { cache, fill } = setUp()
  assert.equal(cache.get('k'), undefined)
  await fill('k', 'v')
  assert.equal(cache.get('k'), 'v')
})

test('CA02 a value is served for the TTL from its arrival, exclusive of its last instant', async () => {
  const { clock, cache } = setUp()
  const load = resultOf(
    cache.load('k', () => new Promise((resolve) => void clock.schedule(20_000, () => resolve('v')))),
  )
  clock.advance(20_000)
  await load
  clock.advance(299_999)
  assert.equal(cache.get('k'), 'v')
  clock.advance(1)
  assert.equal(cache.get('k'), undefined)
  assert.equal(cache.stats().size, 0)
})

test('CA03 the least recently used entry goes first', async () => {
  const { cache, fill } = setUp({ maxEntries: 3 })
  for (const key of ['a', 'b', 'c']) await fill(key)
  cache.get('a')
  await fill('d')
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => cache.get(key)),
    ['a', undefined, 'c', 'd'],
  )
})

test('CA03 bytes are bounded, and a value larger than all of them is served, not stored, and evicts nothing', async () => {
  const { cache, fill } = setUp({ maxBytes: 10 })
  await fill('a', '4444')
  await fill('b', '55555')
  await fill('huge', '11 and more')
  assert.equal(cache.get('huge'), undefined)
  assert.equal(cache.stats().bytes, 9)
  await fill('c', '22')
  assert.equal(cache.get('a'), undefined)
  assert.equal(cache.stats().bytes, 7)
})

test('CA05 of a thousand concurrent lookups one is a miss, 999 are coalesced, and later ones are hits', async () => {
  const { cache } = setUp()
  let calls = 0
  const loads = Array.from({ length: 1_000 }, () => {
    assert.equal(cache.get('k'), undefined)
    return resultOf(
      cache.load('k', () => {
        calls++
        return Promise.resolve('v')
      }),
    )
  })
  await Promise.all(loads)
  cache.get('k')
  const { hits, misses, coalesced } = cache.stats()
  assert.deepEqual({ calls, hits, misses, coalesced }, { calls: 1, hits: 1, misses: 1, coalesced: 999 })
})

test('CA08 an error is not remembered by default', async () => {
  const { cache, fill } = setUp()
  await assert.rejects(resultOf(cache.load('k', () => Promise.reject(new Error('down')))), /down/)
  await fill('k')
  assert.equal(cache.stats().misses, 2)
})

test('CA08 with a negative TTL an error is repeated without a call until that time is over', async () => {
  const { clock, cache, fill } = setUp({ negativeTtlMs: 1_000 })
  const error = new Error('down')
  await assert.rejects(resultOf(cache.load('k', () => Promise.reject(error))), error)
  clock.advance(999)
  assert.equal(cache.get('k'), undefined)
  assert.deepEqual(
    cache.load('k', () => assert.fail('called')),
    { role: 'remembered', error },
  )
  assert.equal(cache.stats().hits, 1)
  clock.advance(1)
  await fill('k')
})

test('CA10 a value invalidated or cleared during its call reaches those who wait and is not stored', async () => {
  for (const forget of ['invalidate', 'clear'] as const) {
    const { cache, fill } = setUp()
    const { promise, resolve } = Promise.withResolvers<string>()
    const load = resultOf(cache.load('k', () => promise))
    cache[forget]('k')
    await fill('k', 'new')
    resolve('old')
    assert.equal(await load, 'old')
    assert.equal(cache.get('k'), 'new')
  }
})

test('CA12 empty values are stored like any other, and values that are not storable reach only their callers', async () => {
  const { cache, fill } = setUp({}, { isStorable: (value) => value !== '500' })
  await fill('empty', '')
  await fill('error', '500')
  assert.equal(cache.get('empty'), '')
  assert.equal(cache.get('error'), undefined)
})

test('CA18 42 hits and 10 misses give a hit rate of 0.8077, and a fresh cache one of 0', async () => {
  const { cache, fill } = setUp()
  assert.deepEqual(cache.stats(), {
    hits: 0,
    misses: 0,
    coalesced: 0,
    hitRate: 0,
    size: 0,
    maxSize: 100,
    ttlS: 300,
    bytes: 0,
  })
  for (let key = 0; key < 10; key++) await fill(String(key))
  for (let hit = 0; hit < 42; hit++) cache.get('7')
  assert.equal(cache.stats().hitRate, 0.8077)
  assert.equal(cache.stats().bytes, 10)
})

test('CA18 invalidate tells whether something was stored, clear how much, and the counts go on', async () => {
  const { clock, cache, fill } = setUp()
  for (const key of ['a', 'b', 'c', 'd']) await fill(key)
  assert.equal(cache.invalidate('a'), true)
  assert.equal(cache.invalidate('a'), false)
  assert.equal(cache.clear(), 3)
  assert.equal(cache.stats().misses, 4)
  await fill('e')
  clock.advance(300_000)
  assert.equal(cache.invalidate('e'), false)
})

test('a cache names every option out of range', () => {
  assert.throws(() => setUp({ maxEntries: 0, maxBytes: 0.5, ttlMs: 0, negativeTtlMs: -1 }), {
    name: 'RangeError',
    message: /maxEntries.*maxBytes.*ttlMs.*negativeTtlMs/,
  })
})

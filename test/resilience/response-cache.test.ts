import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/core/random.ts'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { ResponseCache } from '../../src/resilience/response-cache.ts'
import type { CachedValueTraits, CacheLoad, ResponseCacheOptions } from '../../src/resilience/response-cache.ts'
import { jitteredTtl } from '../../src/resilience/ttl-jitter.ts'
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

test('CA13 a failed refresh, remembered or not, replaces no stale value before its time is over', async () => {
  const { clock, cache, fill } = setUp({ negativeTtlMs: 1_000, staleWhileRevalidateMs: 30_000 })
  await fill('k', 'old')
  clock.advance(OPTIONS.ttlMs)
  assert.equal(cache.stale('k'), 'old')
  await cache.refresh('k', () => Promise.reject(new Error('down')))?.catch(() => undefined)
  assert.equal(cache.get('k'), 'old')
  clock.advance(1_000)
  assert.deepEqual([cache.get('k'), cache.stale('k')], [undefined, 'old'])
  clock.advance(29_000)
  assert.equal(cache.stale('k'), undefined)
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
  const { cache, fill } = setUp({}, { ttlMs: (value) => (value === '500' ? 0 : 1_000) })
  await fill('empty', '')
  await fill('error', '500')
  assert.equal(cache.get('empty'), '')
  assert.equal(cache.get('error'), undefined)
})

test('CA13 past its TTL a value is served while one call fetches it anew, and then the new one', async () => {
  const { clock, cache, fill } = setUp({ staleWhileRevalidateMs: 10_000 })
  await fill('k', 'old')
  clock.advance(300_000)
  assert.equal(cache.get('k'), undefined)
  const { promise, resolve } = Promise.withResolvers<string>()
  let calls = 0
  const start = (): Promise<string> => {
    calls++
    return promise
  }
  for (let caller = 0; caller < 1_000; caller++) {
    assert.equal(cache.stale('k'), 'old')
    void cache.refresh('k', start)
  }
  resolve('new')
  await new Promise(setImmediate)
  assert.deepEqual([calls, cache.get('k')], [1, 'new'])
})

test('CA13 a value is stale for no longer than allowed, and without such an allowance not at all', async () => {
  for (const [staleWhileRevalidateMs, staleIfErrorMs] of [
    [1_000, 2_000],
    [0, 0],
  ] as const) {
    const { clock, cache, fill } = setUp({ staleWhileRevalidateMs, staleIfErrorMs })
    await fill('k', 'v')
    clock.advance(300_000)
    const isStaleServed = staleWhileRevalidateMs > 0
    assert.equal(cache.stale('k') === 'v', isStaleServed)
    clock.advance(1_000)
    assert.equal(cache.stale('k'), undefined)
    assert.equal(cache.fallback('k', 0) === 'v', isStaleServed)
    clock.advance(1_000)
    assert.equal(cache.fallback('k', 0), undefined)
    assert.equal(cache.stats().size, 0)
  }
})

test('CA13 a value that stands in for a failed call is served for a while before the next call', async () => {
  const { clock, cache, fill } = setUp({ staleIfErrorMs: 60_000 })
  await fill('k', 'v')
  clock.advance(310_000)
  assert.equal(cache.fallback('k', 5_000), 'v')
  clock.advance(4_999)
  assert.equal(cache.get('k'), 'v')
  clock.advance(1)
  assert.equal(cache.get('k'), undefined)
  assert.equal(cache.fallback('k', 100_000), 'v')
  clock.advance(44_999)
  assert.equal(cache.get('k'), 'v')
  clock.advance(1)
  assert.equal(cache.get('k'), undefined)
})

test('CA13 a thousand values stored together end at different times, within a tenth of their TTL', async () => {
  const random = seededRandom(7)
  const ttls = Array.from({ length: 1_000 }, () => jitteredTtl(100_000, 0.1, random))
  assert.ok(ttls.every((ttlMs) => ttlMs >= 90_000 && ttlMs < 110_000))
  for (let percent = 0; percent < 20; percent++) {
    const from = 90_000 + percent * 1_000
    const together = ttls.filter((ttlMs) => ttlMs >= from && ttlMs < from + 1_000).length
    // Even: 50 of them, give or take four standard deviations of 7.
    assert.ok(together >= 22 && together <= 78, `${together} end between ${from} and ${from + 1_000} ms`)
  }
  assert.equal(jitteredTtl(100_000, 0, random), 100_000)
})

test('values that must not go stale end with their TTL, and each value may have one of its own', async () => {
  const { clock, cache, fill } = setUp(
    { staleWhileRevalidateMs: 10_000, staleIfErrorMs: 10_000 },
    { ttlMs: (value) => (value === 'short' ? 1_000 : 2_000), mayGoStale: (value) => value !== 'short' },
  )
  await fill('a', 'short')
  await fill('b', 'long')
  clock.advance(1_000)
  assert.deepEqual([cache.get('a'), cache.stale('a'), cache.fallback('a', 0)], [undefined, undefined, undefined])
  assert.equal(cache.get('b'), 'long')
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
  assert.throws(
    () =>
      setUp({
        maxEntries: 0,
        maxBytes: 0.5,
        ttlMs: 0,
        negativeTtlMs: -1,
        staleWhileRevalidateMs: -1,
        staleIfErrorMs: -1,
      }),
    {
      name: 'RangeError',
      message: /maxEntries.*maxBytes.*ttlMs.*negativeTtlMs.*staleWhileRevalidateMs.*staleIfErrorMs/,
    },
  )
})

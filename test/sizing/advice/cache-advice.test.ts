import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Recommendation } from '../../../src/core/recommendation.ts'
import { adviseCache } from '../../../src/sizing/advice/cache-advice.ts'
import { adviseHeap } from '../../../src/sizing/advice/memory-advice.ts'
import type { CacheUse } from '../../../src/sizing/sizing-input.ts'
import { EXAMPLE, MIB } from '../sizing-input-example.ts'

/** The advice for a cache of 1 024 entries and 64 MiB at most, as the server has it. */
function advised(
  cache: CacheUse,
  currentEntries?: number,
): Partial<Record<'CACHE_MAX_BYTES' | 'CACHE_MAX_SIZE', Recommendation>> {
  const current = { ...EXAMPLE.current, CACHE_MAX_SIZE: currentEntries ?? 1_024 }
  const advice = adviseCache({ ...EXAMPLE, cache, current }, adviseHeap(EXAMPLE, 2))
  return Object.fromEntries(advice.flatMap((each) => (each === null ? [] : [[each.setting, each]])))
}

test('a cache full of entries that misses gets as many as its bytes hold', () => {
  const { CACHE_MAX_SIZE: entries, CACHE_MAX_BYTES: bytes } = advised({ entries: 1_024, bytes: 2 * MIB, hitRate: 0.6 })
  // 64 MiB of entries of 2 KiB.
  assert.deepEqual([entries?.value, entries?.basis, entries?.binding], [32_768, 'modelled', 'cache bytes'])
  assert.deepEqual([bytes?.value, bytes?.binding], [64 * MIB, 'entries'])
  assert.match(String(bytes?.explanation), /CACHE_MAX_SIZE allows: raise that first/)
})

test('a cache with room keeps its number of entries', () => {
  const { CACHE_MAX_SIZE: entries } = advised({ entries: 500, bytes: MIB, hitRate: 0.6 })
  assert.deepEqual([entries?.value, entries?.basis], [1_024, 'measured'])
})

test('a full cache that answers nearly everything keeps its number of entries', () => {
  assert.equal(advised({ entries: 1_024, bytes: 2 * MIB, hitRate: 0.97 }).CACHE_MAX_SIZE?.value, 1_024)
})

test('where both bounds are met both grow', () => {
  // 60 MiB of 480 entries are 128 KiB each, of which 128 MiB hold 1 024.
  const { CACHE_MAX_SIZE: entries, CACHE_MAX_BYTES: bytes } = advised(
    { entries: 480, bytes: 60 * MIB, hitRate: 0.4 },
    520,
  )
  assert.deepEqual([entries?.value, bytes?.value], [1_024, 128 * MIB])
})

test('entries that the bytes do not hold anyway are not made fewer', () => {
  const { CACHE_MAX_SIZE: entries } = advised({ entries: 480, bytes: 60 * MIB, hitRate: 0.4 }, 5_000)
  assert.equal(entries?.value, 5_000)
})

test('no more entries are asked for than the settings allow', () => {
  // Half a million entries of 64 bytes.
  const { CACHE_MAX_SIZE: entries } = advised({ entries: 500_000, bytes: 500_000 * 16, hitRate: 0.5 }, 500_000)
  assert.equal(entries?.value, 1_000_000)
})

test('an empty cache tells nothing about the size of entries', () => {
  assert.equal(advised({ entries: 0, bytes: 0, hitRate: 0 }).CACHE_MAX_SIZE, undefined)
})

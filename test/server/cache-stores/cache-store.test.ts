import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'

import type { CacheStore } from '../../../src/server/cache-stores/cache-store.ts'
import { CACHE_PLACES, storeAt } from '../../support/cache-places.ts'
import type { CachePlaces } from '../../support/cache-places.ts'
import { until } from '../app-under-test.ts'

const KEY = hash('sha256', 'one', 'base64url')
const OTHER = hash('sha256', 'other', 'base64url')
const LONG_MS = 60_000

for (const { kind, skip, make } of CACHE_PLACES) {
  describe(`the ${kind} store`, { skip }, () => {
    let places: CachePlaces
    const open: CacheStore[] = []

    /** Two processes would have one each. */
    async function twoStores(): Promise<readonly [CacheStore, CacheStore]> {
      const place = await places.create()
      const stores = [storeAt(place), storeAt(place)] as const
      open.push(...stores)
      for (const store of stores) await store.check()
      return stores
    }

    before(async () => {
      places = await make()
    })
    after(async () => {
      for (const store of open) await store.close()
      await places.remove()
    })

    test('what one publishes the other finds, byte for byte, with the time it has left', async () => {
      const [mine, theirs] = await twoStores()
      const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 256))
      await mine.publish(KEY, 'me', bytes, LONG_MS)
      const claim = await theirs.claim(KEY, 'them', LONG_MS)
      assert.ok(claim.kind === 'found')
      assert.deepEqual(claim.bytes, bytes)
      assert.ok(claim.remainingMs > LONG_MS - 10_000 && claim.remainingMs <= LONG_MS, String(claim.remainingMs))
      assert.equal((await theirs.claim(OTHER, 'them', LONG_MS)).kind, 'granted')
    })

    test('an empty value is a value, and a removed one is gone', async () => {
      const [store] = await twoStores()
      await store.publish(KEY, 'me', Buffer.alloc(0), LONG_MS)
      assert.equal((await store.claim(KEY, 'me', LONG_MS)).kind, 'found')
      await store.remove(KEY)
      await store.remove(KEY)
      assert.equal((await store.claim(KEY, 'me', LONG_MS)).kind, 'granted')
    })

    test('a value ends with its TTL', async () => {
      const [store] = await twoStores()
      await store.publish(KEY, 'me', Buffer.from('v'), 3_000)
      assert.equal((await store.claim(KEY, 'me', LONG_MS)).kind, 'found')
      await until(async () => (await store.claim(KEY, 'me', LONG_MS)).kind === 'granted', 'the value has ended')
    })

    test('CA20 a lease has one owner, who gives it up with a value or without', async () => {
      const [mine, theirs] = await twoStores()
      const claims = await Promise.all([mine.claim(KEY, 'me', LONG_MS), theirs.claim(KEY, 'them', LONG_MS)])
      assert.deepEqual(claims.map((claim) => claim.kind).sort(), ['granted', 'held'])
      const [owner, name] = claims[0].kind === 'granted' ? [mine, 'me'] : [theirs, 'them']
      await owner.release(KEY, 'somebody')
      assert.equal((await mine.claim(KEY, 'third', LONG_MS)).kind, 'held')
      await owner.publish(KEY, name, Buffer.from('v'), LONG_MS)
      await owner.remove(KEY)
      assert.equal((await theirs.claim(KEY, 'them', LONG_MS)).kind, 'granted')
    })

    test('CA20 the lease of an owner that died ends by itself, and one that is renewed does not', async () => {
      const [mine, theirs] = await twoStores()
      assert.equal((await mine.claim(KEY, 'dead', 3_000)).kind, 'granted')
      await mine.renew(KEY, 'somebody', LONG_MS)
      assert.equal((await mine.claim(OTHER, 'alive', 3_000)).kind, 'granted')
      await mine.renew(OTHER, 'alive', LONG_MS)
      assert.equal((await theirs.claim(KEY, 'them', LONG_MS)).kind, 'held')
      await until(async () => (await theirs.claim(KEY, 'them', LONG_MS)).kind === 'granted', 'the lease has ended')
      assert.equal((await theirs.claim(OTHER, 'them', LONG_MS)).kind, 'held')
    })

    test('CA08 what came of a call that failed is there for those who waited, and not for long', async () => {
      const [mine, theirs] = await twoStores()
      await mine.claim(KEY, 'me', LONG_MS)
      await mine.release(KEY, 'me', Buffer.from('failed'))
      const claim = await theirs.claim(KEY, 'them', LONG_MS)
      assert.deepEqual(claim, { kind: 'ended', outcome: Buffer.from('failed') })
      await until(async () => (await theirs.claim(KEY, 'them', LONG_MS)).kind === 'granted', 'the outcome has ended')
    })
  })
}

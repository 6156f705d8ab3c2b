import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { SettingsError, TargetError } from '../../src/core/errors.ts'
import { describeSettings, resolveSettings } from '../../src/core/settings.ts'
import { checkCache } from '../../src/server/cache-stores/check-cache.ts'
import { serverOptions } from '../../src/server/options.ts'
import type { CacheOptions } from '../../src/server/options/cache.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function cacheOf(flags: Readonly<Record<string, string>>): CacheOptions {
  return serverOptions(resolveSettings({ flags, environment: {} }), 1).cache ?? assert.fail('the cache is off')
}

test('V13 routes have times of their own by tier or in seconds', () => {
  const { ttlMs, routeTtlMs } = cacheOf({ CACHE_ROUTE_TTL: '/a=short,/b=medium, /c=long,/d/e=42' })
  assert.equal(ttlMs, 300_000)
  assert.deepEqual(routeTtlMs, { '/a': 300_000, '/b': 900_000, '/c': 3_600_000, '/d/e': 42_000 })
  for (const wrong of ['/a', 'a=short', '/a=0', '/a=forever', '/a=-5', '/a=1.5', '/a=100000']) {
    assert.throws(() => cacheOf({ CACHE_ROUTE_TTL: wrong }), SettingsError, wrong)
  }
})

test('a percentage of jitter is a fraction, and every default is that of the documents', () => {
  const { jitterFraction, negativeTtlMs, staleWhileRevalidateMs, staleIfErrorMs, maxEntries, shared } = cacheOf({})
  assert.deepEqual(
    { jitterFraction, negativeTtlMs, staleWhileRevalidateMs, staleIfErrorMs, maxEntries, shared },
    {
      jitterFraction: 0.1,
      negativeTtlMs: 0,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
      maxEntries: 1_024,
      shared: null,
    },
  )
})

test('V10 V12 Redis is at its usual place, with 20 connections, and never waited for longer than 50 ms', () => {
  assert.deepEqual(cacheOf({ CACHE_TYPE: 'redis' }).shared, {
    kind: 'redis',
    url: 'redis://localhost:6379/0',
    maxConnections: 20,
    timeoutMs: 50,
  })
  for (const wrong of [
    'localhost:6379',
    'http://h:1',
    'redis://',
    'redis://h:1/x',
    'redis://h:1/0?a=b',
    'redis://h:99999',
  ]) {
    assert.throws(() => cacheOf({ CACHE_TYPE: 'redis', REDIS_URL: wrong }), SettingsError, wrong)
  }
})

test('the password of Redis is not shown', () => {
  const shown = describeSettings(resolveSettings({ flags: { REDIS_URL: 'redis://me:s3cret@h:1/2' }, environment: {} }))
  assert.match(shown, /redis:\/\/\*\*\*@h:1\/2/)
  assert.doesNotMatch(shown, /s3cret/)
})

test('files whose directory cannot be written are refused before anything is started', () => {
  const parent = temporaryFolder('cache')
  const check = (directory: string): void => checkCache({ kind: 'file', directory, maxBytes: 1, timeoutMs: 50 })
  const file = join(parent, 'file')
  writeFileSync(file, '')
  assert.throws(() => check(join(file, 'cache')), TargetError)
  check(join(parent, 'new', 'cache'))
})

test('a directory that others may write in, or that is theirs, is refused before anything is started', () => {
  const parent = temporaryFolder('cache')
  const directory = join(parent, 'cache')
  const check = (): void => checkCache({ kind: 'file', directory, maxBytes: 1, timeoutMs: 50 })
  mkdirSync(directory)
  for (const [mode, isRefused] of [
    [0o700, false],
    [0o755, false],
    [0o770, true],
    [0o1777, true],
  ] as const) {
    chmodSync(directory, mode)
    if (isRefused) assert.throws(check, { name: 'TargetError', hint: /^chmod 700 / }, mode.toString(8))
    else assert.doesNotThrow(check, mode.toString(8))
  }
  chmodSync(directory, 0o700)
  if (process.getuid?.() !== 0) return
  chownSync(directory, 12_345, 12_345)
  assert.throws(check, /belongs to another user/)
})

test('a Redis that does not answer is no reason not to start', () => {
  checkCache({ kind: 'redis', url: 'redis://127.0.0.1:9', maxConnections: 1, timeoutMs: 50 })
})

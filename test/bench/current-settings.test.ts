import assert from 'node:assert/strict'
import { test } from 'node:test'

import { currentSettings } from '../../src/bench/current-settings.ts'
import { resolveSettings } from '../../src/core/settings.ts'

function current(flags: Readonly<Record<string, string>>): ReturnType<typeof currentSettings> {
  return currentSettings(resolveSettings({ flags, environment: {} }))
}

test('settings that are always in force are told as they are', () => {
  const { UPSTREAM_TIMEOUT, RETRY_BUDGET, KEEP_ALIVE } = current({ UPSTREAM_TIMEOUT: '90s' })
  assert.deepEqual([UPSTREAM_TIMEOUT, RETRY_BUDGET, KEEP_ALIVE], [90, 20, 75])
})

test('settings of a breaker that works otherwise, or not at all, are left out', () => {
  const consecutive = current({})
  assert.deepEqual([consecutive.CB_MIN_CALLS, consecutive.CB_RECOVERY_TIMEOUT], [undefined, 30])
  const window = current({ CB_MODE: 'window' })
  assert.deepEqual([window.CB_MIN_CALLS, window.CB_FAILURE_RATE, window.CB_WINDOW_TIME], [20, 50, 0])
  assert.equal(current({ CB_ENABLED: 'false' }).CB_RECOVERY_TIMEOUT, undefined)
})

test('as many requests as upstream connections run where nobody said otherwise', () => {
  assert.equal(current({ UPSTREAM_POOL_MAX: '40' }).QUEUE_CONCURRENCY, 40)
  assert.equal(current({ UPSTREAM_POOL_MAX: '40', QUEUE_CONCURRENCY: '7' }).QUEUE_CONCURRENCY, 7)
})

test('time in the queue counts while there is one', () => {
  assert.equal(current({}).QUEUE_TIMEOUT, undefined)
  assert.equal(current({ QUEUE_ENABLED: 'true' }).QUEUE_TIMEOUT, 5)
})

test('a limit is told per second, and only while it is in force', () => {
  assert.equal(current({ RATE_LIMIT_DEFAULT: '90/minute' }).RATE_LIMIT_DEFAULT, 1.5)
  assert.equal(current({ RATE_LIMIT_ENABLED: 'false' }).RATE_LIMIT_DEFAULT, undefined)
})

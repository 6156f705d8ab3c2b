import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { resolveSettings } from '../../src/core/settings.ts'
import { startBundledTarget } from '../../src/server/bundled-target.ts'
import type { BundledTarget } from '../../src/server/bundled-target.ts'
import type { CacheFigures } from '../../src/server/messages.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { send, until } from './app-under-test.ts'

const WORKERS = 2
const ITEMS = 20

async function start(t: TestContext, flags: Readonly<Record<string, string>>): Promise<BundledTarget> {
  const settings = resolveSettings({
    flags: { WEB_CONCURRENCY: String(WORKERS), ...flags },
    environment: {},
    preset: 'bench',
  })
  const target = await startBundledTarget({
    settings,
    targetCpus: [],
    simulatorCpus: [],
    effectiveCpus: WORKERS,
    port: 0,
    seed: 1,
  })
  t.after(() => target.stop())
  return target
}

async function cachesOf(target: BundledTarget): Promise<readonly CacheFigures[]> {
  const { workers } = await target.stats()
  return workers.flatMap(({ cache }) => cache ?? [])
}

async function missesOf(target: BundledTarget): Promise<number> {
  return (await cachesOf(target)).reduce((sum, { misses }) => sum + misses, 0)
}

async function sharedIsUp(target: BundledTarget): Promise<void> {
  await until(async () => {
    const caches = await cachesOf(target)
    return caches.length === WORKERS && caches.every(({ shared }) => shared?.isUp === true)
  }, 'all workers share')
}

/** All at the same time, and on connections of their own, so that each worker is asked for everything. */
async function askForAll(target: BundledTarget): Promise<void> {
  const items = Array.from({ length: ITEMS * 4 }, (_, index) => index % ITEMS)
  const answers = await Promise.all(items.map((item) => send(`${target.url}/api/v1/endpoint?id=${item}`)))
  const bodies = new Set(answers.map(({ body }) => String(body)))
  assert.deepEqual([bodies.size, answers.every(({ status }) => status === 200)], [ITEMS, true])
}

test('CA20 workers that share nothing make each answer at most once each', async (t) => {
  const target = await start(t, {})
  await askForAll(target)
  await askForAll(target)
  const misses = await missesOf(target)
  assert.ok(misses >= ITEMS && misses <= WORKERS * ITEMS, `${misses} calls`)
})

test('CA20 workers that share make each answer once, and one that takes the place of another finds what was made', async (t) => {
  const directory = temporaryFolder('cache')
  const target = await start(t, { CACHE_TYPE: 'file', CACHE_DIR: directory, CACHE_L2_TIMEOUT: '5000' })
  await sharedIsUp(target)
  await askForAll(target)
  assert.equal(await missesOf(target), ITEMS)
  const isHandedOn = async (): Promise<boolean> => (await cachesOf(target)).every(({ shared }) => shared?.running === 0)
  await until(isHandedOn, 'everything is on the disk')
  const killed = target.pids().slice(1)
  for (const pid of killed) process.kill(pid, 'SIGKILL')
  await until(
    () => target.pids().length === WORKERS + 1 && !target.pids().some((pid) => killed.includes(pid)),
    'new workers',
  )
  await sharedIsUp(target)
  await askForAll(target)
  assert.equal(await missesOf(target), 0)
})

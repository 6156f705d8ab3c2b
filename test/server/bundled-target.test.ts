import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, suite, test } from 'node:test'

import { TargetError } from '../../src/core/errors.ts'
import { resolveSettings } from '../../src/core/settings.ts'
import { startBundledTarget } from '../../src/server/bundled-target.ts'
import type { BundledTarget, BundledTargetOptions } from '../../src/server/bundled-target.ts'
import { freePort } from '../support/free-port.ts'
import { jsonOf, send, until } from './app-under-test.ts'

const ADS = {
  method: 'POST',
  body: JSON.stringify({ thread_name: 't', conversation: [{ role: 'user', content: 'hello' }] }),
}

function start(
  flags: Readonly<Record<string, string>>,
  more: Partial<BundledTargetOptions> = {},
): Promise<BundledTarget> {
  const settings = resolveSettings({ flags, environment: {}, preset: 'bench' })
  return startBundledTarget({
    settings,
    targetCpus: [],
    simulatorCpus: [],
    effectiveCpus: 1,
    port: 0,
    seed: 1,
    ...more,
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

suite('a running server', () => {
  let target: BundledTarget
  before(async () => {
    target = await start({
      WEB_CONCURRENCY: '2',
      MAX_REQUESTS: '100',
      MAX_REQUESTS_JITTER: '0',
    })
  })
  after(() => target.stop())

  test('has a primary and the workers it was asked for', () => {
    assert.equal(target.workers, 2)
    assert.equal(target.pids().length, 3)
    assert.ok(target.pids().every(isAlive))
  })

  test('tells the figures of each worker', async () => {
    await send(`${target.url}/api/v1/endpoint`)
    const { primaryPid, workers, silentPids } = await target.stats()
    assert.deepEqual([primaryPid, ...workers.map(({ pid }) => pid)], target.pids())
    assert.deepEqual(silentPids, [])
    assert.equal(
      workers.reduce((sum, { requests }) => sum + requests, 0),
      1,
    )
    assert.ok(workers.every(({ loopActiveMs, heapUsedBytes }) => loopActiveMs > 0 && heapUsedBytes > 0))
  })

  test('tells which worker is too busy to answer, without waiting for it', async () => {
    const busy = send(`${target.url}/work?cpu=900`)
    await until(async () => (await target.stats()).silentPids.length === 1, 'one worker is silent')
    assert.equal((await target.stats()).workers.length, 1)
    assert.equal((await busy).status, 200)
  })

  test('answers from the next upstream when a simulator has a fault, until the fault is over', async () => {
    assert.equal(jsonOf(await send(`${target.url}/ads`, ADS))['upstream'], 'primary')
    for (const fault of [{ errorRate: 1 }, { silence: 'reset' }] as const) {
      await target.setFault('primary', fault)
      const answer = await send(`${target.url}/ads`, ADS)
      assert.deepEqual([answer.status, jsonOf(answer)['upstream']], [200, 'secondary'])
    }
    await target.setFault('primary', {})
    await until(
      async () => jsonOf(await send(`${target.url}/ads`, ADS))['upstream'] === 'primary',
      'the primary answers',
    )
    await assert.rejects(target.setFault('tertiary', {}), TargetError)
  })

  test('replaces workers that have served their requests, and no request is lost', async () => {
    const replaced = new Set(target.pids().slice(1))
    const statuses = new Map<number, number>()
    const clients = Array.from({ length: 8 }, async () => {
      for (let request = 0; request < 60; request++) {
        const { status } = await fetch(`${target.url}/work?cpu=0.2`)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    })
    await Promise.all(clients)
    assert.deepEqual([...statuses], [[200, 480]])
    await until(
      () =>
        target.pids().length === 3 &&
        target
          .pids()
          .slice(1)
          .every((pid) => !replaced.has(pid)),
      'both are replaced',
    )
    const { recycled, crashed } = await target.stats()
    assert.ok(recycled >= 2, `${recycled} replaced`)
    assert.equal(crashed, 0)
    await until(() => [...replaced].every((pid) => !isAlive(pid)), 'the replaced workers have ended')
  })

  test('replaces a worker that crashed', async () => {
    const crashed = target.pids()[1] ?? assert.fail('no worker')
    process.kill(crashed, 'SIGKILL')
    await until(() => !target.pids().includes(crashed) && target.pids().length === 3, 'there are two workers again')
    assert.equal((await target.stats()).crashed, 1)
    assert.equal((await send(`${target.url}/health`)).status, 200)
  })

  test('takes other settings over while it serves, and says which need a new start', async () => {
    const flags = { WEB_CONCURRENCY: '3', CACHE_ENABLED: 'false', SERVER_PORT: '1234' }
    const replaced = new Set(target.pids().slice(1))
    const whileServing = new AbortController()
    const client = (async () => {
      const statuses = new Set<number>()
      while (!whileServing.signal.aborted) statuses.add((await fetch(`${target.url}/work`)).status)
      return [...statuses]
    })()
    const changed = await target.apply(resolveSettings({ flags, environment: {}, preset: 'bench' }))
    whileServing.abort()
    assert.deepEqual(await client, [200])
    assert.deepEqual(changed.restart, ['SERVER_PORT'])
    assert.ok(
      ['WEB_CONCURRENCY', 'CACHE_ENABLED'].every((name) => changed.live.includes(name)),
      changed.live.join(),
    )
    assert.equal(target.workers, 3)
    assert.equal((await send(`${target.url}/api/v1/endpoint`)).headers['x-cache'], undefined)
    await until(() => target.pids().length === 4 && !target.pids().some((pid) => replaced.has(pid)), 'three new ones')
    assert.ok((await target.stats()).workers.every(({ cache }) => cache === null))
  })

  test('a port that is taken is said so', async () => {
    const port = Number(new URL(target.url).port)
    await assert.rejects(start({}, { port }), (error) => {
      assert.ok(error instanceof TargetError)
      assert.match(error.message, new RegExp(`port ${port} on 127.0.0.1 is taken`))
      assert.match(String(error.hint), /SERVER_PORT/)
      return true
    })
  })
})

test(
  'CF03 METRICS_HOST may have the port of the server on another address, and not on the same one',
  { skip: process.platform !== 'linux' && 'other systems have one address for this machine' },
  async () => {
    const port = await freePort()
    const flags = { METRICS_HOST: '127.0.0.2', METRICS_PORT: String(port), ENABLE_METRICS: 'true' }
    const target = await start(flags, { port, opensMetricsPort: true })
    try {
      assert.equal(target.url, `http://127.0.0.1:${port}`)
      assert.equal((await send(`http://127.0.0.2:${port}/metrics`)).status, 200)
      assert.equal((await send(`${target.url}/health`)).status, 200)
    } finally {
      await target.stop()
    }
    await assert.rejects(start({ ...flags, METRICS_HOST: '0.0.0.0' }, { port, opensMetricsPort: true }), {
      name: 'TargetError',
      message: new RegExp(`SERVER_PORT and METRICS_PORT are both ${port}`),
    })
  },
)

for (const workers of ['0', '2']) {
  test(`WK10 with ${workers} workers settings that need a new start keep their values, and are named each time`, async () => {
    const flags = { WEB_CONCURRENCY: workers }
    const target = await start(flags)
    try {
      const next = resolveSettings({
        flags: { ...flags, MAX_HEADER_BYTES: '2000' },
        environment: {},
        preset: 'bench',
      })
      for (const _time of ['first', 'second']) {
        assert.deepEqual(await target.reload(next), { live: [], restart: ['MAX_HEADER_BYTES'] })
        const { status } = await send(`${target.url}/health`, { headers: { 'x-large': 'x'.repeat(5_000) } })
        assert.equal(status, 200, 'MAX_HEADER_BYTES is as it was')
      }
    } finally {
      await target.stop()
    }
  })
}

test('WK10 settings that are to be taken over at the same time are taken over one after the other', async () => {
  const target = await start({ WEB_CONCURRENCY: '1' })
  try {
    const next = resolveSettings({ flags: { WEB_CONCURRENCY: '1', KEEP_ALIVE: '7' }, environment: {}, preset: 'bench' })
    const results = await Promise.all([target.apply(next), target.apply(next)])
    assert.deepEqual(
      results.map(({ live }) => live),
      [['KEEP_ALIVE'], []],
    )
  } finally {
    await target.stop()
  }
})

test('a stopped server has answered what was under way and left no process behind', async () => {
  const target = await start({ WEB_CONCURRENCY: '2' })
  const underWay = send(`${target.url}/work?wait=300`)
  await until(
    async () => (await target.stats()).workers.some(({ loopActiveMs }) => loopActiveMs > 0),
    'the workers run',
  )
  await new Promise((resolve) => setTimeout(resolve, 50))
  const pids = target.pids()
  const [{ status }] = await Promise.all([underWay, target.stop()])
  assert.equal(status, 200)
  await until(() => pids.every((pid) => !isAlive(pid)), 'all have ended')
  await assert.rejects(target.stats(), TargetError)
})

test('SIGTERM to the primary drains the server, and its controller learns of it', async () => {
  const target = await start({})
  const [primary = assert.fail('no primary')] = target.pids()
  const underWay = send(`${target.url}/work?wait=300`)
  await new Promise((resolve) => setTimeout(resolve, 50))
  process.kill(primary, 'SIGTERM')
  assert.equal((await underWay).status, 200)
  assert.deepEqual(await target.exited, { reason: 'exit code 0' })
  await target.stop()
})

test('an abort stops the server', async () => {
  const abort = new AbortController()
  const target = await start({}, { signal: abort.signal })
  const pids = target.pids()
  abort.abort()
  await until(() => pids.every((pid) => !isAlive(pid)), 'all have ended')
})

test('an address that cannot be listened on fails at once with the reason', async () => {
  await assert.rejects(start({ SERVER_HOST: '192.0.2.1' }), {
    name: 'TargetError',
    message: /cannot listen on 192\.0\.2\.1/,
  })
})

test('a controller that is killed leaves no process and no port behind', async () => {
  const script = new URL('controller-script.ts', import.meta.url)
  const controller = spawn(process.execPath, [script.pathname], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(controller.stdout, 'data')) as [Buffer]
  const { url, pids } = JSON.parse(line.toString()) as { url: string; pids: readonly number[] }
  assert.equal(pids.length, 3)
  const busy = send(`${url}/work?cpu=9000`).catch(() => undefined)
  // The worker must be busy by then: it cannot notice anything itself.
  await new Promise((resolve) => setTimeout(resolve, 100))
  controller.kill('SIGKILL')
  await until(() => pids.every((pid) => !isAlive(pid)), 'all have ended')
  await busy
  const port = Number(new URL(url).port)
  const again = createServer().listen(port, '127.0.0.1')
  await once(again, 'listening')
  again.close()
})

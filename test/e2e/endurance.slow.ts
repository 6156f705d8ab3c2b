import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { systemClock } from '../../src/host/system-clock.ts'
import { ClientLimiter } from '../../src/resilience/client-limiter.ts'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { ResponseCache } from '../../src/resilience/response-cache.ts'
import { QUEUE, runApp } from '../server/app-under-test.ts'
import { inTurn, right, status } from '../support/listeners.ts'
import { until } from '../support/until.ts'
import { callUpstreams } from '../support/upstreams.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Heap and what buffers hold, once collections find no more: V8 sweeps buffers, and counts them, some time after one. */
async function usedBytes(): Promise<number> {
  const readings: number[] = []
  while (readings.length < 3 || Math.max(...readings.slice(-3)) - Math.min(...readings.slice(-3)) > 100_000) {
    assert.ok(readings.length < 50, `memory does not settle: ${readings.join(', ')} bytes`)
    collect()
    const { heapUsed, external } = process.memoryUsage()
    readings.push(heapUsed + external)
    await sleep(200)
  }
  return readings.at(-1) ?? Number.NaN
}

/** What keeps the process alive: sockets, timers, servers; by kind. */
function handles(): Readonly<Record<string, number>> {
  const kinds = Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind)
  return Object.fromEntries(Object.entries(kinds).map(([kind, all = []]) => [kind, all.length]))
}

function warningsOf(t: TestContext): readonly Error[] {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  t.after(() => process.off('warning', onWarning))
  return warnings
}

test('HT08 ten thousand clients that reset in every phase leave no place, handle or memory behind', async (t) => {
  const app = await runApp(t, { queue: { ...QUEUE, concurrency: 2, capacity: 500 } })
  const { port } = new URL(app.url)
  const head = 'Host: a\r\n'
  const phases = [
    'GET /wo',
    `POST /search HTTP/1.1\r\n${head}Content-Length: 50\r\n\r\n{"query":`,
    `GET /work?wait=20 HTTP/1.1\r\n${head}\r\n`,
    `GET /work?bytes=1000000 HTTP/1.1\r\n${head}\r\n`,
  ]
  const resetAll = (count: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined)
        await once(socket, 'connect')
        await new Promise((resolve) => socket.write(phases[index % phases.length] ?? '', resolve))
        const closed = once(socket, 'close')
        socket.resetAndDestroy()
        await closed
      }),
    )
  const settled = async (): Promise<{ handles: ReturnType<typeof handles>; bytes: number }> => {
    await until(async () => {
      const { running, waiting } = app.stats().queue ?? assert.fail('no queue')
      const connections = await new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)))
      return running === 0 && waiting === 0 && connections === 0
    }, 'places and connections are free')
    // Deadlines and the timers of Node are swept about once a second.
    await sleep(3_000)
    return { handles: handles(), bytes: await usedBytes() }
  }
  const reset = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) await resetAll(40)
  }
  await reset(50)
  const before = await settled()
  await reset(250)
  const after = await settled()
  assert.deepEqual(after.handles, before.handles)
  const grownBytes = after.bytes - before.bytes
  t.diagnostic(`heap and buffers after 10,000 resets: ${(grownBytes / 1e6).toFixed(2)} MB more`)
  assert.ok(grownBytes < 2_000_000, `${grownBytes} bytes more`)
})

test('UP10 an upstream that fails at a thousand calls a second sees at most a fifth more calls, and three', async (t) => {
  const upstream = inTurn(status(500))
  const limits = { maxAttempts: 5, breaker: null, maxConnections: 50, maxPending: 1_000, connectTimeoutMs: 10_000 }
  const { call } = await callUpstreams(t, [upstream], limits)
  const startedMs = performance.now()
  const outcomes: Promise<{ readonly kind: string }>[] = []
  while (outcomes.length < 5_000) {
    await sleep(5)
    const dueCount = Math.min(5_000, Math.floor(performance.now() - startedMs))
    while (outcomes.length < dueCount) outcomes.push(call({}, { withinMs: 30_000 }))
  }
  const kinds = new Set((await Promise.all(outcomes)).map(({ kind }) => kind))
  t.diagnostic(`${upstream.calls} calls for 5000 requests`)
  assert.deepEqual([...kinds], ['failed'])
  assert.ok(upstream.calls > 5_000 && upstream.calls <= 6_003, `${upstream.calls} calls`)
})

test('UP19 a hundred thousand calls that share a signal leave no listener on it, and no warning', async (t) => {
  const warnings = warningsOf(t)
  const { call } = await callUpstreams(t, [right], { maxConnections: 50, maxPending: 1_000, connectTimeoutMs: 10_000 })
  const { signal } = new AbortController()
  for (let round = 0; round < 200; round++) {
    const calls = Array.from({ length: 500 }, () => call({}, { signal, withinMs: 30_000 }))
    const kinds = new Set((await Promise.all(calls)).map(({ kind }) => kind))
    assert.deepEqual([...kinds], ['answered'])
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  }
  assert.deepEqual(warnings, [])
})

test('RL05 a million clients take a bounded part of the memory of the process', (t) => {
  const limiter = new ClientLimiter({ count: 60, periodMs: 60_000, maxClients: 10_000 }, systemClock)
  const takeAll = (from: number): void => {
    for (let client = from; client < from + 500_000; client++) limiter.take(`client ${client}`)
    collect()
  }
  takeAll(0)
  const beforeBytes = process.memoryUsage().rss
  takeAll(500_000)
  const grownBytes = process.memoryUsage().rss - beforeBytes
  t.diagnostic(`${limiter.clients} buckets, RSS ${(grownBytes / 1e6).toFixed(1)} MB more`)
  assert.equal(limiter.clients, 10_000)
  assert.ok(grownBytes < 10_000_000, `${grownBytes} bytes more`)
})

test('CA11 a hundred thousand keys take a bounded part of the memory of the process', async (t) => {
  const deadlines = new DeadlineSweep(systemClock)
  const options = { maxEntries: 1_000, maxBytes: 1_000_000, ttlMs: 60_000, maxWaiters: 10, timeoutMs: 5_000 }
  const cache = new ResponseCache<string>(options, { sizeBytes: (value) => value.length }, systemClock, deadlines)
  const loadAll = async (from: number): Promise<void> => {
    for (let key = from; key < from + 100_000; key++) {
      const load = cache.load(String(key), () => Promise.resolve(`value ${key}`))
      assert.ok(load.role === 'leader')
      await load.result
    }
    collect()
  }
  await loadAll(0)
  const beforeBytes = process.memoryUsage().rss
  await loadAll(100_000)
  const grownBytes = process.memoryUsage().rss - beforeBytes
  t.diagnostic(`${cache.stats().size} entries, RSS ${(grownBytes / 1e6).toFixed(1)} MB more`)
  assert.equal(cache.stats().size, 1_000)
  assert.equal(deadlines.size, 0)
  assert.ok(grownBytes < 10_000_000, `${grownBytes} bytes more`)
})

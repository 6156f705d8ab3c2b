import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { send } from '../server/app-under-test.ts'
import { runServer } from '../support/running-server.ts'

const CONCURRENCY = 10
const SERVICE_MS = 100
const CAPACITY_PER_S = (CONCURRENCY * 1_000) / SERVICE_MS
/** An answer that comes later is of no use to its client, who does not say so. */
const PATIENCE_MS = 1_000
const OVERLOAD_S = 10
const AFTER_S = 5

interface Arrival {
  /** When it was due; the client waits from then on. */
  readonly atMs: number
  readonly sentAtMs: number
  readonly status: number
  readonly tookMs: number
}

test(
  'QU05 ten seconds of three times its load leave a server 80 % of its goodput, and normal waits a second later',
  { timeout: 60_000 },
  async (t) => {
    const server = await runServer(t, {
      WEB_CONCURRENCY: '1',
      UPSTREAMS: 'none=http://127.0.0.1:9',
      QUEUE_ENABLED: 'true',
      QUEUE_CONCURRENCY: String(CONCURRENCY),
    })
    const agent = new Agent({ keepAlive: true })
    t.after(() => agent.destroy())
    const startMs = performance.now()
    const arrivals: Promise<Arrival>[] = []
    const ask = async (atMs: number): Promise<Arrival> => {
      const sentAtMs = performance.now() - startMs
      const { status } = await send(`${server.url}/work?wait=${SERVICE_MS}`, { agent })
      return { atMs, sentAtMs, status, tookMs: performance.now() - startMs - atMs }
    }
    const load = async (untilMs: number, perS: number): Promise<void> => {
      for (let atMs = performance.now() - startMs; atMs < untilMs; atMs += 1_000 / perS) {
        await sleep(Math.max(0, startMs + atMs - performance.now()))
        arrivals.push(ask(atMs))
      }
    }
    await load(OVERLOAD_S * 1_000, 3 * CAPACITY_PER_S)
    await load((OVERLOAD_S + AFTER_S) * 1_000, CAPACITY_PER_S / 2)
    const all = await Promise.all(arrivals)

    const during = all.filter(({ atMs }) => atMs < OVERLOAD_S * 1_000)
    const good = during.filter(
      ({ atMs, status, tookMs }) => status === 200 && tookMs <= PATIENCE_MS && atMs + tookMs <= OVERLOAD_S * 1_000,
    )
    const goodput = good.length / (CAPACITY_PER_S * OVERLOAD_S)
    const after = all.filter(({ atMs }) => atMs >= (OVERLOAD_S + 1) * 1_000)
    const slowest = after.map(({ tookMs }) => tookMs).sort((left, right) => left - right)
    const p95Ms = slowest[Math.floor(slowest.length * 0.95)] ?? Number.POSITIVE_INFINITY
    t.diagnostic(
      `${during.length} asked in ${OVERLOAD_S} s; goodput ${(100 * goodput).toFixed(1)} % of the capacity; ` +
        `a second after it p95 ${p95Ms.toFixed(0)} ms, slowest ${slowest.at(-1)?.toFixed(0)} ms of ${after.length}`,
    )
    const inTime = during.filter(({ sentAtMs }) => sentAtMs < OVERLOAD_S * 1_000).length
    assert.ok(inTime >= 2.7 * CAPACITY_PER_S * OVERLOAD_S, `the load was not made: ${inTime} sent in time`)
    assert.ok(goodput >= 0.8, `goodput ${goodput}`)
    assert.ok(after.every(({ status }) => status === 200))
    // Those left behind take every place that is free, so that a newcomer may wait until one of them is done.
    assert.ok(p95Ms <= 2.5 * SERVICE_MS, `p95 ${p95Ms} ms a second after the overload`)
  },
)

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { fuzz } from '../server/fuzz-run.ts'
import { eventually } from '../support/run-tune.ts'
import { inWorkers, preload, runServer } from '../support/running-server.ts'

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 100_000)
/** Another one fuzzes other requests. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1_000_000)
/** By then everything has been made that is made when it is first used. */
const FIRST = 2_000

/** What a worker says of itself when it gets SIGUSR2. */
interface Holdings {
  /** Sockets, timers and the like, by kind. */
  readonly resources: Readonly<Record<string, number>>
  readonly listeners: number
  /** Texts of warnings such as too many listeners. */
  readonly warnings: readonly string[]
}

const REPORTER = `
  const { writeFileSync, renameSync } = await import('node:fs');
  const warnings = [];
  process.on('warning', (warning) => warnings.push(String(warning)));
  process.on('SIGUSR2', () => {
    const resources = {};
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
    const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    writeFileSync(process.env.FUZZ_REPORT + '.new', JSON.stringify({ resources, listeners, warnings }));
    renameSync(process.env.FUZZ_REPORT + '.new', process.env.FUZZ_REPORT);
  });`

/** Has workers tell what they hold; ends with the test. */
function reporter(t: TestContext): (pid: number) => Promise<Holdings> {
  const folder = mkdtempSync(join(tmpdir(), 'tune-fuzz-'))
  const path = join(folder, 'holdings.json')
  process.env['FUZZ_REPORT'] = path
  preload(t, inWorkers(REPORTER))
  t.after(() => {
    delete process.env['FUZZ_REPORT']
    rmSync(folder, { recursive: true })
  })
  return async (pid) => {
    rmSync(path, { force: true })
    process.kill(pid, 'SIGUSR2')
    await eventually('the worker has told', () => readdirSync(folder).includes('holdings.json'), 20_000)
    return JSON.parse(readFileSync(path, 'utf8')) as Holdings // written by REPORTER
  }
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

test(`${REQUESTS} fuzzed requests crash, hang and exhaust nothing`, { timeout: 900_000 }, async (t) => {
  const holdings = reporter(t)
  const server = await runServer(t, {
    WEB_CONCURRENCY: '1',
    QUEUE_ENABLED: 'true',
    QUEUE_CONCURRENCY: '8',
    QUEUE_SIZE: '16',
    CPU_THREADS: '1',
    // A pool that is allowed to grow looks like a leak.
    DATABASE_POOL_SIZE: '1',
    DATABASE_MAX_OVERFLOW: '0',
    ENABLE_METRICS: 'true',
    METRICS_TOKEN: 'fuzz-token',
    RATE_LIMIT_ENABLED: 'true',
    RATE_LIMIT_DEFAULT: '5/second',
    MAX_REQUEST_SIZE: '65536',
  })
  const [primary = 0, worker = 0] = server.pids()
  const run = (from: number, count: number) => fuzz(server.url, { from, count, parallel: 32 })

  await run(SEED, FIRST)
  await sleep(10_000) // idle connections to upstreams and database are closed by then
  const before = await holdings(worker)
  const filesBefore = [openFiles(primary), openFiles(worker)] as const

  const startedMs = performance.now()
  const { statuses, closed, reset, hung, wrong } = await run(SEED + FIRST, REQUESTS - FIRST)
  const seconds = (performance.now() - startedMs) / 1_000
  t.diagnostic(`${REQUESTS} requests in ${seconds.toFixed(0)} s: ${JSON.stringify({ ...statuses, closed, reset })}`)
  assert.deepEqual(server.warnings, [], 'nobody has crashed')
  assert.deepEqual({ hung, wrong }, { hung: [], wrong: [] }, 'seeds of requests without an end, or with a wrong one')
  assert.deepEqual(server.pids(), [primary, worker], 'nobody was replaced')

  const health = await fetch(`${server.url}/health`)
  assert.equal(health.status, 200)
  await health.arrayBuffer()
  let after = before
  const endMs = performance.now() + 60_000
  const leaked = (): readonly string[] =>
    Object.entries(after.resources)
      .filter(([kind, count]) => count > (before.resources[kind] ?? 0) + allowance(kind))
      .map(([kind, count]) => `${kind}: ${before.resources[kind] ?? 0} → ${count}`)
  do {
    await sleep(2_000)
    after = await holdings(worker)
  } while (leaked().length > 0 && performance.now() < endMs)
  const filesAfter = [openFiles(primary), openFiles(worker)] as const
  t.diagnostic(`files of primary and worker ${String(filesBefore)} → ${String(filesAfter)}`)
  t.diagnostic(`before ${JSON.stringify(before.resources)}, after ${JSON.stringify(after.resources)}`)
  assert.deepEqual(leaked(), [])
  assert.equal(after.listeners, before.listeners)
  assert.deepEqual(after.warnings, [])
  for (const [index, files] of filesAfter.entries()) assert.ok(files <= (filesBefore[index] ?? 0) + 8, 'open files')
  const { workers } = await server.stats()
  const { queue } = workers[0] ?? assert.fail('the worker did not answer')
  assert.deepEqual([queue?.running, queue?.waiting], [0, 0])
})

/** A timer or a request of its own that happens to be under way. */
function allowance(kind: string): number {
  return kind === 'Timeout' || kind.endsWith('Req') || kind.endsWith('Wrap') ? 2 : 0
}

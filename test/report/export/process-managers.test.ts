import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Recommendation } from '../../../src/core/recommendation.ts'
import { advice, ALL_KINDS_OF_ADVICE, reportWith } from './export-fixture.ts'
import { contentOf, readExport } from './export-readers.ts'

function pm2Of(...recommendations: readonly Recommendation[]): unknown {
  return readExport('pm2', contentOf('pm2', reportWith(recommendations)))
}

test('PM2 starts the workers, so that WEB_CONCURRENCY is not among the variables, and gives Node its flags', () => {
  assert.deepEqual(pm2Of(...ALL_KINDS_OF_ADVICE), {
    apps: [
      {
        name: 'app',
        script: 'server.js',
        instances: 2,
        exec_mode: 'cluster',
        // 0.85 × 8 321 499 136 bytes / 2 instances, in whole MiB.
        max_memory_restart: '3372M',
        node_args: ['--max-old-space-size=1536', '--max-semi-space-size=32'],
        env: { MAX_REQUESTS: '10000', KEEP_ALIVE: '65.5', CACHE_MAX_BYTES: '67108864', DATABASE_POOL_SIZE: '8' },
      },
    ],
  })
})

test('PM2 is never told 0 instances, which would mean one for each CPU, nor 0 bytes', () => {
  const of = pm2Of(advice('WEB_CONCURRENCY', 0), advice('WORKER_MAX_MEMORY', 0))
  const app = { name: 'app', script: 'server.js', instances: 1, exec_mode: 'cluster', node_args: [] }
  assert.deepEqual(of, { apps: [{ ...app, max_memory_restart: '6745M', env: { WORKER_MAX_MEMORY: '0' } }] })
})

test('the bound of a worker that the report recommends is where PM2 restarts it', () => {
  const bytes = 300 * 1_048_576
  const of = pm2Of(advice('WORKER_MAX_MEMORY', bytes))
  const app = { name: 'app', script: 'server.js', max_memory_restart: '300M', node_args: [], env: {} }
  assert.deepEqual(of, { apps: [app] })
})

test('without a sure number of workers PM2 is told neither instances nor memory', () => {
  const content = contentOf('pm2', reportWith([advice('WEB_CONCURRENCY', 3, { confidence: 'low' })]))
  assert.match(content, /^ +\/\/ not set, because its confidence is low: instances: 3,$/m)
  assert.doesNotMatch(JSON.stringify(readExport('pm2', content)), /instances|memory/)
})

test('gunicorn gets what the report speaks of, by its own names and in whole numbers', () => {
  const content = contentOf(
    'gunicorn',
    reportWith([
      advice('WEB_CONCURRENCY', 0),
      advice('CPU_THREADS', 4),
      advice('WORKER_TIMEOUT', 120),
      advice('GRACEFUL_TIMEOUT', 30.2),
      advice('KEEP_ALIVE', 65),
      advice('MAX_REQUESTS', 10_000),
      advice('MAX_REQUESTS_JITTER', 1_000, { confidence: 'low' }),
      advice('UPSTREAM_POOL_MAX', 9),
    ]),
  )
  assert.deepEqual([...(readExport('gunicorn', content) as readonly string[])].sort(), [
    'graceful_timeout = 31',
    'keepalive = 65',
    'max_requests = 10000',
    'threads = 4',
    'timeout = 120',
    'workers = 1',
  ])
  assert.match(content, /^# not set, because its confidence is low: max_requests_jitter = 1000$/m)
})

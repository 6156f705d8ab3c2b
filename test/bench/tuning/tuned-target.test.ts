import assert from 'node:assert/strict'
import { test } from 'node:test'

import { currentWorkers, takesWorkers, withSettings } from '../../../src/bench/tuning/tuned-target.ts'
import { resolveSettings } from '../../../src/core/settings.ts'
import { reportFixture } from '../../support/report-fixture.ts'

const PLACEMENT = { ...reportFixture().placement, targetEffectiveCpus: 3 }
const COMMAND = {
  kind: 'command',
  line: 'node app.js',
  argv: ['node', 'app.js'],
  port: 0,
  environment: { WEB_CONCURRENCY: '{workers}' },
  settings: {},
  secrets: [],
  workers: 'auto',
} as const
const URL_TARGET = { kind: 'url', url: new URL('http://127.0.0.1:1/'), insecure: false } as const

function bundled(flags: Record<string, string> = {}) {
  return { kind: 'bundled', settings: resolveSettings({ flags, environment: {} }) } as const
}

test('the current count is what the target would be started with', () => {
  assert.equal(currentWorkers(bundled(), PLACEMENT), 3)
  assert.equal(currentWorkers(bundled({ WORKERS_POLICY: 'gunicorn' }), PLACEMENT), 7)
  assert.equal(currentWorkers(bundled({ WEB_CONCURRENCY: '2' }), PLACEMENT), 2)
  assert.equal(currentWorkers(COMMAND, PLACEMENT), 3)
  assert.equal(currentWorkers({ ...COMMAND, workers: 8 }, PLACEMENT), 8)
  assert.equal(currentWorkers(URL_TARGET, PLACEMENT), null)
})

test('a command that is not told a count has none that could be changed', () => {
  const deaf = { ...COMMAND, environment: {} }
  assert.equal(takesWorkers(deaf), false)
  assert.equal(currentWorkers(deaf, PLACEMENT), null)
  assert.equal(withSettings(deaf, { WEB_CONCURRENCY: '4' }), deaf)
})

test('settings are changed in a copy, and only those that the target has', () => {
  const before = bundled({ QUEUE_SIZE: '7' })
  const after = withSettings(before, {
    WEB_CONCURRENCY: '4',
    QUEUE_SIZE: '9',
    CACHE_TTL: 'long',
    '--max-old-space-size': '100',
  })
  assert.ok(after.kind === 'bundled')
  assert.deepEqual(
    ['WEB_CONCURRENCY', 'QUEUE_SIZE', 'CACHE_TTL', '--max-old-space-size'].map(
      (name) => after.settings.get(name)?.value,
    ),
    [4, 9, 300, undefined],
  )
  assert.equal(before.settings.get('QUEUE_SIZE')?.value, 7)
  assert.equal(currentWorkers(after, PLACEMENT), 4)
  const command = withSettings(COMMAND, { WEB_CONCURRENCY: '4', QUEUE_SIZE: '9' })
  assert.equal(currentWorkers(command, PLACEMENT), 4)
})

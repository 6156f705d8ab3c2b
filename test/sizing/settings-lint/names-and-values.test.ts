import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lintSettings } from '../../../src/sizing/settings-lint/lint-settings.ts'
import { findingsOf, theFinding, type Values } from './findings-of.ts'
import { factsWith } from './lint-facts-example.ts'

test('a misspelt name is told with the nearest one, a foreign name is only listed, and no value is shown', () => {
  const { findings } = lintSettings({ CACHE_TLT: 'hush', SECRET_KEY: 'hush', CACHE_MAX_SIZE: '5' }, factsWith())
  assert.deepEqual(
    findings.map(({ rule, severity }) => `${severity} ${rule}`),
    ['doubtful unknown-name', 'info not-judged'],
  )
  assert.match(findings[0]?.change ?? '', /CACHE_TTL/)
  assert.match(findings[1]?.arithmetic ?? '', /^SECRET_KEY:/)
  assert.doesNotMatch(JSON.stringify(findings), /hush/)
})

test('a name that is near to one that the file has too is no misspelling', () => {
  const values = { DATABASE_URL: 'postgres://db/app', DATABASE_USER: 'app' }
  assert.deepEqual(findingsOf('unknown-name', values), [])
  assert.equal(findingsOf('not-judged', values).length, 1)
})

test('a name that begins with TUNE_ must be a setting, and goes before the plain one', () => {
  assert.equal(theFinding('unknown-name', { TUNE_CACHE_TLT: '5' }).severity, 'wrong')
  const { findings } = lintSettings({ TUNE_KEEP_ALIVE: '75', KEEP_ALIVE: '5' }, factsWith())
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['two-names'],
  )
})

test('values beyond the range are judged as they stand, and values that cannot be read are wrong', () => {
  const beyond = theFinding('range', { CACHE_TTL: '24h' })
  assert.equal(beyond.severity, 'doubtful')
  assert.match(beyond.arithmetic, /60 to 3600 s/)
  const unreadable = theFinding('value', { CACHE_TTL: 'yes' })
  assert.equal(unreadable.severity, 'wrong')
  assert.deepEqual(unreadable.settings, [{ name: 'CACHE_TTL', value: 'yes' }])
  assert.match(theFinding('range', { LLM_TIMEOUT: '900000' }).arithmetic, /1000 to 600000 ms/)
})

test('a text of another form is a remark, because another service may read it, and it is not shown', () => {
  const finding = theFinding('value', { DATABASE_URL: 'mysql://app:hush@db/app' })
  assert.equal(finding.severity, 'info')
  assert.doesNotMatch(JSON.stringify(finding), /hush|mysql/)
})

test('two names of one setting with two values are doubtful, with one value fine', () => {
  const finding = theFinding('two-names', { WORKERS: '4', GUNICORN_WORKERS: '8' })
  assert.match(finding.arithmetic, /GUNICORN_WORKERS is judged/)
  assert.deepEqual(findingsOf('two-names', { WORKERS: '4', WEB_CONCURRENCY: '4' }), [])
})

test('settings that another one of the file makes pointless are doubtful', () => {
  const values = { QUEUE_ENABLED: 'false', QUEUE_SIZE: '500', WEB_CONCURRENCY: '2', MAX_WORKERS: '4' }
  const lines = findingsOf('no-effect', values).map(({ arithmetic }) => arithmetic)
  assert.deepEqual(lines, [
    'MAX_WORKERS has no effect: WEB_CONCURRENCY says how many workers there are',
    'QUEUE_SIZE has no effect while QUEUE_ENABLED is false',
  ])
  assert.deepEqual(findingsOf('no-effect', { QUEUE_SIZE: '500', WORKERS_PER_CORE: '2' }), [])
})

test('settings that cannot be together are wrong, and a port alone is not held against a default', () => {
  assert.equal(theFinding('together', { SERVER_PORT: '9000', METRICS_PORT: '9000' }).severity, 'wrong')
  assert.equal(theFinding('together', { CACHE_TYPE: 'file' }).severity, 'wrong')
  for (const values of [{ SERVER_PORT: '9090' }, { SERVER_PORT: '0' }, { CACHE_TYPE: 'redis' }]) {
    assert.deepEqual(findingsOf('together', values), [])
  }
})

test('words of another service are no mistake: levels and kinds are remarks, a switch is doubtful, a reference is not read', () => {
  const severity = (values: Values): string | undefined => findingsOf('value', values)[0]?.severity
  assert.equal(severity({ LOG_LEVEL: 'warning' }), 'info')
  assert.equal(severity({ COMPRESSION: 'gzip' }), 'doubtful')
  assert.equal(severity({ WORKERS: '${WORKERS:-4}' }), 'info')
  assert.equal(severity({ WORKERS: 'many' }), 'wrong')
})

test('a heap in NODE_OPTIONS counts as a setting that was judged', () => {
  const NODE_OPTIONS = '--max-old-space-size=64'
  assert.equal(lintSettings({ NODE_OPTIONS, CACHE_TTL: '60' }, factsWith()).judged, 2)
  assert.equal(lintSettings({ NODE_OPTIONS: '--inspect' }, factsWith()).judged, 0)
})

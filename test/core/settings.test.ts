import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SettingsError } from '../../src/core/errors.ts'
import { describeSettings, resolveSettings, settingsThatDiffer } from '../../src/core/settings.ts'
import type { SettingSources } from '../../src/core/settings.ts'
import { PRESETS } from '../../src/core/settings-presets.ts'
import { SETTINGS } from '../../src/core/settings-table.ts'
import { parseSettingValue } from '../../src/core/setting-value.ts'

function resolve(sources: Partial<SettingSources>) {
  return resolveSettings({ flags: {}, environment: {}, ...sources })
}

function problemsOf(sources: Partial<SettingSources>): string {
  try {
    resolve(sources)
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    return error.message
  }
  return assert.fail('the settings were accepted')
}

test('CF04 every default and every preset value is one that a user could give', () => {
  for (const definition of SETTINGS) {
    assert.deepEqual(parseSettingValue(definition, definition.default), definition.default, definition.name)
  }
  for (const preset of Object.keys(PRESETS)) resolve({ preset })
})

test('CF01 a flag goes before the environment, that before the file, that before the preset, that before the default', () => {
  const all = {
    flags: { MAX_REQUESTS: '1' },
    environment: { MAX_REQUESTS: '2' },
    file: { MAX_REQUESTS: 3 },
    preset: 'bench',
  }
  const { flags: _flags, ...noFlags } = all
  const { environment: _environment, ...noEnvironment } = noFlags
  const { file: _file, ...presetOnly } = noEnvironment
  const found = [all, noFlags, noEnvironment, presetOnly, {}].map((sources) => resolve(sources).get('MAX_REQUESTS'))
  assert.deepEqual(
    found.map((setting) => [setting?.value, setting?.origin]),
    [
      [1, 'flag'],
      [2, 'environment'],
      [3, 'file'],
      [0, 'preset'],
      [10_000, 'default'],
    ],
  )
})

test('CF01 the name of a setting goes before its aliases, and those in their order', () => {
  const environment = { WEB_CONCURRENCY: '2', GUNICORN_WORKERS: '3', WORKERS: '4' }
  assert.equal(resolve({ environment }).get('WEB_CONCURRENCY')?.value, 2)
  assert.equal(resolve({ environment: { ...environment, WEB_CONCURRENCY: '' } }).get('WEB_CONCURRENCY')?.value, 3)
  assert.equal(resolve({ environment: { WORKERS: '4' } }).get('WEB_CONCURRENCY')?.value, 4)
})

test('CF02 an empty text is the same as nothing', () => {
  assert.equal(
    resolve({ flags: { CACHE_TTL: ' ' }, environment: { CACHE_TTL: '' } }).get('CACHE_TTL')?.origin,
    'default',
  )
})

test('CF02 times, sizes and switches are read with and without a unit', () => {
  const flags = { CACHE_TTL: '2m', KEEP_ALIVE: '65', RETRY_BASE: '0.2s', MAX_REQUEST_SIZE: '1mb', CACHE_ENABLED: 'NO' }
  const settings = resolve({ flags })
  const values = Object.keys(flags).map((name) => settings.get(name)?.value)
  assert.deepEqual(values, [120, 65, 200, 1_048_576, false])
})

test('CF02 a variable with the prefix TUNE_ is read as the setting after it, before the plain one', () => {
  const environment = { TUNE_CACHE_TTL: '60', CACHE_TTL: '90', HOME: '/root', TUNE_NO_COLOR: '1' }
  assert.equal(resolve({ environment }).get('CACHE_TTL')?.value, 60)
})

test('CF02 one message lists every problem with name, value, range and nearest name', () => {
  const message = problemsOf({
    flags: { CACHE_TLL: '60', QUEUE_SIZE: '-1', RATE_LIMIT_DEFAULT: '0/minute' },
    environment: { TUNE_CACHE_SIZE_MAX: '5', REQUEST_TIMEOUT: '1' },
    file: { COMPRESSION: 'maybe' },
  })
  assert.match(message, /CACHE_TLL is not a setting \(flag\); did you mean CACHE_TTL\?/)
  assert.match(message, /TUNE_CACHE_SIZE_MAX is not a setting \(environment\)/)
  assert.match(message, /QUEUE_SIZE must be a whole number from 0 to 1000000; got "-1"/)
  assert.match(message, /RATE_LIMIT_DEFAULT must be .*\/minute.*; got "0\/minute"/)
  assert.match(message, /REQUEST_TIMEOUT must be 10 to 300 s; got "1" \(environment\)/)
  assert.match(message, /COMPRESSION must be true or false; got "maybe" \(file\)/)
})

for (const value of ['-1', 'abc', '1.5', '1000000', '101']) {
  test(`CF02 ${value} is no number of workers`, () => {
    assert.match(
      problemsOf({ flags: { WEB_CONCURRENCY: value } }),
      /WEB_CONCURRENCY must be a whole number from 0 to 100, or auto/,
    )
  })
}

for (const value of ['0/minute', '-5/minute', '1.5/second', '60', '60/fortnight', '1e9/second', '60/minute;DROP']) {
  test(`CF02 ${value} is no rate limit`, () => {
    assert.match(problemsOf({ flags: { RATE_LIMIT_DEFAULT: value } }), /RATE_LIMIT_DEFAULT/)
  })
}

test('CF02 an unknown preset is a problem that names the known ones', () => {
  assert.match(
    problemsOf({ preset: 'benchh' }),
    /"benchh" is not a preset \(bench, small, .*, production, high-load\); did you mean bench\?/,
  )
})

test('CF04 the bench preset changes only what would measure itself, or make stopping slow', () => {
  const expected = {
    GRACEFUL_TIMEOUT: 1,
    MAX_REQUESTS: 0,
    RATE_LIMIT_ENABLED: false,
    ENABLE_METRICS: false,
    LOG_LEVEL: 'off',
  }
  assert.deepEqual(settingsThatDiffer(resolve({ preset: 'bench' })), expected)
})

test('CF02 names that every object has are as unknown as any other', () => {
  const message = problemsOf({ environment: { TUNE___proto__: '1', TUNE_constructor: '1' }, preset: 'toString' })
  assert.match(message, /TUNE___proto__ is not a setting/)
  assert.match(message, /TUNE_constructor is not a setting/)
  assert.match(message, /"toString" is not a preset/)
})

test('a setting that is given its default does not differ', () => {
  assert.deepEqual(settingsThatDiffer(resolve({ flags: { CACHE_TTL: '5m' } })), {})
})

test('CF01 credentials of upstreams are masked wherever settings are shown', () => {
  const settings = resolve({ flags: { UPSTREAMS: 'a=http://user:secret@host:1, b=http://other:2' } })
  assert.deepEqual(settingsThatDiffer(settings), { UPSTREAMS: 'a=http://***@host:1,b=http://other:2' })
  assert.doesNotMatch(describeSettings(settings), /secret/)
  assert.doesNotMatch(problemsOf({ flags: { UPSTREAMS: 'http://user:secret@host' } }), /secret/)
  const withAt = resolve({ flags: { UPSTREAMS: 'auth=http://user:p@secret@host:1' } })
  assert.deepEqual(settingsThatDiffer(withAt), { UPSTREAMS: 'auth=http://***@host:1' })
})

test('CF01 a token is masked wherever settings are shown', () => {
  const settings = resolve({ flags: { METRICS_TOKEN: 'very-secret' } })
  assert.deepEqual(settingsThatDiffer(settings), { METRICS_TOKEN: '***' })
  assert.doesNotMatch(describeSettings(settings), /very-secret/)
  assert.doesNotMatch(problemsOf({ flags: { METRICS_TOKEN: 'very secret' } }), /very secret/)
})

test('CF01 the description has one line for each setting, with value, origin and when it takes effect', () => {
  const lines = describeSettings(resolve({ environment: { CACHE_TTL: '60' } }))
    .trimEnd()
    .split('\n')
  assert.equal(lines.length, SETTINGS.length)
  assert.match(lines.find((line) => line.startsWith('CACHE_TTL ')) ?? '', /^CACHE_TTL +60 s +environment +live +\w/)
  assert.match(lines.find((line) => line.startsWith('SERVER_PORT ')) ?? '', /^SERVER_PORT +8000 +default +restart +\w/)
})

test('CF02 a value that was read in milliseconds is refused with the range in milliseconds', () => {
  assert.throws(() => resolveSettings({ flags: {}, environment: { LLM_TIMEOUT: '700000' } }), {
    message: /LLM_TIMEOUT must be 1000 to 600000 ms; got "700000"/,
  })
  assert.throws(() => resolveSettings({ flags: {}, environment: { LLM_TIMEOUT: '700s' } }), {
    message: /LLM_TIMEOUT must be 1 to 600 s; got "700s"/,
  })
})

test('CF01 a password in what is hardly an address is masked too', () => {
  for (const typed of ['postgres:/user:hush@host/db', 'postgres:user:hush@host', 'postgres://user:hu:hush@x@host x']) {
    assert.throws(
      () => resolveSettings({ flags: { DATABASE_URL: typed }, environment: {} }),
      (error) =>
        error instanceof SettingsError &&
        !/hu/.test(error.message) &&
        /postgres:\/{0,2}\*\*\*@host/.test(error.message),
    )
  }
})

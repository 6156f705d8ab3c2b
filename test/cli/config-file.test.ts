import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { readConfigFile } from '../../src/cli/config-file.ts'
import { SettingsError, UsageError } from '../../src/core/errors.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function fileOf(text: string): string {
  const folder = temporaryFolder('config')
  const path = join(folder, 'tune.env')
  writeFileSync(path, text)
  return path
}

test('CF02 a config file has one NAME=VALUE a line, with comments, quotes and empty lines', () => {
  const text = '\uFEFF# ours\r\n\r\nCACHE_TTL = 60 # short\r\nexport KEEP_ALIVE="65"\r\n  LOG_LEVEL=\r\n'
  assert.deepEqual({ ...readConfigFile(fileOf(text)) }, { CACHE_TTL: '60', KEEP_ALIVE: '65', LOG_LEVEL: '' })
  assert.deepEqual({ ...readConfigFile(fileOf('')) }, {})
})

test('CF02 lines that are no setting, and settings given twice, are all named, and no value is shown', () => {
  const text = 'CACHE_TTL=60\nMETRICS_TOKEN: very-secret\nCACHE_TTL=90\n=5\n  keep alive=5\nCACHE_TTL=30'
  assert.throws(
    () => readConfigFile(fileOf(text)),
    (error) => {
      assert.ok(error instanceof SettingsError)
      for (const line of [2, 4, 5]) assert.match(error.message, new RegExp(`line ${line} is not NAME=VALUE`))
      for (const line of [3, 6]) {
        assert.match(error.message, new RegExp(`line ${line} gives CACHE_TTL again, after line 1`))
      }
      assert.doesNotMatch(error.message, /very-secret/)
      return true
    },
  )
})

test('a config file that cannot be read is named', () => {
  assert.throws(
    () => readConfigFile('/nowhere/tune.env'),
    (error) =>
      error instanceof UsageError && /--config \/nowhere\/tune\.env cannot be read .*ENOENT/.test(error.message),
  )
})

test('CF02 a # within a value, and quotes that do not end on their line, are refused, and no value is shown', () => {
  const text = [
    'METRICS_TOKEN=very#secret',
    'UPSTREAMS=#secret',
    'DATABASE_URL="secret',
    'CACHE_TTL=60"',
    'REDIS_URL="secret"more',
    "SERVER_HOST='a#b' # fine",
    'LOG_LEVEL= # fine',
  ].join('\n')
  assert.throws(
    () => readConfigFile(fileOf(text)),
    (error) => {
      assert.ok(error instanceof SettingsError)
      assert.deepEqual(error.message.match(/line \d+ .*/g), [
        'line 1 has a # within its value: put quotes around the value, or a blank before the comment',
        'line 2 has a # within its value: put quotes around the value, or a blank before the comment',
        'line 3 has a quote that does not end its value',
        'line 5 has a quote that does not end its value',
      ])
      return true
    },
  )
})

test('CF02 values in quotes are taken as they are', () => {
  const text = `METRICS_TOKEN="very#secret" # ours\nSERVER_HOST='a"b'\nCACHE_DIR=\`/a b\`\nLOG_LEVEL=in"fo\n`
  assert.deepEqual(
    { ...readConfigFile(fileOf(text)) },
    { METRICS_TOKEN: 'very#secret', SERVER_HOST: 'a"b', CACHE_DIR: '/a b', LOG_LEVEL: 'in"fo' },
  )
})

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { eventually, runTune, startTune } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function configWith(text: string): string {
  const folder = temporaryFolder('config')
  const path = join(folder, 'tune.env')
  writeFileSync(path, text)
  return path
}

test('CF01 tune serve --print-settings shows every value with its origin, and no secret', async () => {
  const config = configWith('CACHE_TTL=90\nKEEP_ALIVE=70 # seconds\nMAX_REQUESTS=7\nPOOL_TIMEOUT=20\n')
  const args = ['--config', config, '--preset', 'large', '--set', 'CACHE_TTL=120', '--print-settings']
  const env = {
    CACHE_TTL: '100',
    TUNE_KEEP_ALIVE: '66',
    METRICS_TOKEN: 'hush-metrics',
    REDIS_URL: 'redis://user:hush-redis@cache:6379/1',
    DATABASE_URL: 'postgres://user:hush-database@host/base',
    UPSTREAMS: 'a=http://user:hush-upstream@host:1',
  }
  const { code, stdout, stderr } = await runTune(['serve', ...args], { env })
  assert.equal(code, 0, stderr)
  const shown = (name: string): string => stdout.split('\n').find((line) => line.startsWith(`${name} `)) ?? ''
  assert.match(shown('CACHE_TTL'), /120 s +flag /)
  assert.match(shown('KEEP_ALIVE'), /66 s +environment /)
  assert.match(shown('MAX_REQUESTS'), / 7 +file /)
  assert.match(shown('MAX_WORKERS'), / 16 +preset /)
  assert.match(shown('REQUEST_TIMEOUT'), / 60 s +default /)
  assert.doesNotMatch(stdout + stderr, /hush/)
})

test('CF02 wrong settings of all sources are told in one message, and nothing is started', async () => {
  const config = configWith('CACHE_TLL=90\nKEEP_ALIVE=75 minutes\n')
  const env = { TUNE_QUEUE_SISE: '5', REQUEST_TIMEOUT: '1' }
  const args = ['serve', '--config', config, '--set', 'CACHE_ENABLED=perhaps', '--preset', 'larg']
  const { code, stdout, stderr } = await runTune(args, { env })
  assert.equal(code, 2)
  assert.equal(stdout, '')
  for (const told of [
    /CACHE_TLL is not a setting \(file\); did you mean CACHE_TTL\?/,
    /KEEP_ALIVE must be 0 to 300 s; got "75 minutes" \(file\)/,
    /TUNE_QUEUE_SISE is not a setting \(environment\); did you mean QUEUE_SIZE\?/,
    /REQUEST_TIMEOUT must be 10 to 300 s; got "1" \(environment\)/,
    /CACHE_ENABLED must be true or false; got "perhaps" \(flag\)/,
    /"larg" is not a preset .*; did you mean large\?/,
  ]) {
    assert.match(stderr, told)
  }
})

test('CF03 one port for requests and metrics stops the start with exit code 2', async () => {
  const { code, stderr } = await runTune(['serve', '--port', '9090', '--set', 'METRICS_PORT=9090'])
  assert.equal(code, 2)
  assert.match(stderr, /METRICS_PORT and SERVER_PORT are both 9090/)
})

test('CF03 what works and is hardly meant is warned of at the start', async (t) => {
  const args = ['--port', '0', '--preset', 'bench', '-w', '1', '--set', 'KEEP_ALIVE=5', '--set', 'QUEUE_SIZE=5']
  const tune = startTune(['serve', ...args])
  t.after(() => tune.child.kill('SIGKILL'))
  await eventually('it listens', () => tune.stderr().includes('listening on'))
  assert.match(tune.stderr(), /warning: KEEP_ALIVE \(5 s\) is below 65 s/)
  assert.match(tune.stderr(), /warning: QUEUE_SIZE has no effect while QUEUE_ENABLED is false/)
  tune.child.kill('SIGTERM')
  assert.equal((await tune.finished).code, 0)
})

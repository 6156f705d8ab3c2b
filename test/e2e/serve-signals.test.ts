import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { descendants, eventually, isAlive, startTune } from '../support/run-tune.ts'
import type { Running } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Served extends Running {
  readonly url: string
  /** Of everything that it has started. */
  readonly pids: readonly number[]
}

async function serve(t: TestContext, args: readonly string[]): Promise<Served> {
  const tune = startTune(['serve', '--port', '0', '--preset', 'bench', ...args])
  t.after(() => tune.child.kill('SIGKILL'))
  await eventually('it listens', () => tune.stderr().includes('listening on'))
  const url = /listening on (\S+)/.exec(tune.stderr())?.[1] ?? assert.fail('no address')
  return { ...tune, url, pids: descendants(tune.pid) }
}

function configIn(): { readonly path: string; readonly write: (text: string) => void } {
  const folder = temporaryFolder('config')
  const path = join(folder, 'tune.env')
  return { path, write: (text) => writeFileSync(path, text) }
}

test('WK10 SIGHUP reads the settings anew and replaces all workers; wrong ones change nothing and are explained', async (t) => {
  const config = configIn()
  config.write('WEB_CONCURRENCY=2\nCACHE_TTL=60\n')
  const tune = await serve(t, ['--config', config.path])
  assert.match(tune.stderr(), /with 2 workers/)

  config.write('# fewer\nWEB_CONCURRENCY=1\nCACHE_TTL=90\nSERVER_HOST=127.0.0.2\n')
  tune.child.kill('SIGHUP')
  await eventually('it has reloaded', () => tune.stderr().includes('reloaded, the workers are new'))
  assert.match(tune.stderr(), /now in effect: .*WEB_CONCURRENCY.*CACHE_TTL.*; needs a new start: SERVER_HOST/)
  assert.equal((await fetch(`${tune.url}/work`)).status, 200)
  await eventually('the first workers are gone', () => descendants(tune.pid).length === tune.pids.length - 1)

  const before = descendants(tune.pid)
  config.write('CACHE_TTL=soon\nWORKRES=3\n')
  tune.child.kill('SIGHUP')
  await eventually('it has refused', () => tune.stderr().includes('not reloaded'))
  assert.match(tune.stderr(), /CACHE_TTL must be .* got "soon" \(file\)/)
  assert.match(tune.stderr(), /WORKRES is not a setting \(file\); did you mean WORKERS\?/)
  assert.deepEqual(descendants(tune.pid), before)
  assert.equal((await fetch(`${tune.url}/work`)).status, 200)

  tune.child.kill('SIGTERM')
  assert.equal((await tune.finished).code, 0)
})

test('WK10 a config file that cannot be read stops the start', async () => {
  const tune = startTune(['serve', '--config', '/nowhere/tune.env', '--print-settings'])
  const { code, stderr } = await tune.finished
  assert.equal(code, 2)
  assert.match(stderr, /--config \/nowhere\/tune\.env cannot be read/)
})

test('WK10 the first SIGTERM drains, the second ends everything at once', async (t) => {
  const tune = await serve(t, ['-w', '2', '--set', 'GRACEFUL_TIMEOUT=60'])
  const answer = fetch(`${tune.url}/work?wait=30000`).then(
    () => 'answered',
    () => 'lost',
  )
  await new Promise((resolve) => setTimeout(resolve, 300))
  tune.child.kill('SIGTERM')
  await eventually('it drains', () => tune.stderr().includes('draining'))

  tune.child.kill('SIGTERM')
  assert.equal((await tune.finished).code, 143)
  assert.equal(await answer, 'lost')
  await eventually('nothing is left', () => !tune.pids.some(isAlive), 5_000)
})

test('WK10 a killed primary ends tune with exit code 3, and an immediate restart on the same port works', async (t) => {
  const tune = await serve(t, ['-w', '2'])
  const primary = tune.pids.find((pid) => descendants(pid).length === 2) ?? assert.fail('no primary')
  process.kill(primary, 'SIGKILL')
  const { code, stderr } = await tune.finished
  assert.equal(code, 3)
  assert.match(stderr, /the server ended: SIGKILL/)
  await eventually('nothing is left', () => !tune.pids.some(isAlive), 5_000)
  const again = await serve(t, ['-w', '1', '--port', new URL(tune.url).port])
  assert.equal((await fetch(`${again.url}/work`)).status, 200)
  again.child.kill('SIGINT')
  assert.equal((await again.finished).code, 0)
})

test('WK12 serve -w 0 runs in a single process', async (t) => {
  const tune = await serve(t, ['-w', '0'])
  assert.match(tune.stderr(), /in a single process/)
  assert.equal(tune.pids.length, 2, 'the server and the simulators')
  assert.equal((await fetch(`${tune.url}/api/v1/endpoint`)).status, 200)
  tune.child.kill('SIGTERM')
  assert.equal((await tune.finished).code, 0)
})

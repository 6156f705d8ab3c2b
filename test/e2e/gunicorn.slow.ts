import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import type { Report } from '../../src/core/report.ts'
import { isAlive, runTune } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Holds its worker for 5 ms per request, as a blocking call to a database does. */
const APP = `import time

def app(environ, start_response):
    time.sleep(0.005)
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '2')])
    return [b'ok']
`
const hasGunicorn = spawnSync('gunicorn', ['--version'], { timeout: 10_000 }).status === 0

test(
  'gunicorn is started with the workers asked for, measured with all of them, and ended',
  { skip: !hasGunicorn && 'gunicorn is not installed', timeout: 60_000 },
  async () => {
    const folder = temporaryFolder('gunicorn')
    writeFileSync(join(folder, 'app.py'), APP)
    const command = `gunicorn --chdir ${folder} -b 127.0.0.1:{port} -w {workers} app:app`
    const load = ['-w', '3', '-c', '6', '-d', '3s', '--warm-up', '1s']
    const { code, stdout, stderr } = await runTune(['bench', '--cmd', command, '--port', '0', ...load, '--json'])
    assert.ok(code === 0 || code === 4, stderr)
    const { target, runs } = JSON.parse(stdout) as Report
    const [run] = runs
    assert.deepEqual([target.kind, target.workers], ['command', 3])
    assert.ok(run)
    assert.equal(run.requests.sent, run.requests.good + run.requests.unfinished)
    // 5 ms each: three workers that block cannot serve more than 600/s.
    assert.ok(run.throughputPerS > 100 && run.throughputPerS <= 600, `${run.throughputPerS}/s`)
    assert.ok((run.serviceTime.p50Ms ?? 0) >= 5)
    assert.equal(run.targetUse?.workers.length, 4, 'the arbiter and three workers')
    assert.ok((run.targetUse?.cpuMsPerRequest ?? 0) > 0)
    for (const { pid } of run.targetUse?.workers ?? []) assert.ok(!isAlive(pid), `${pid} is left`)
  },
)

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type Report, reportSchema } from '../../src/core/report.ts'
import { descendants, eventually, isAlive, runTune, startTune } from '../support/run-tune.ts'

const LIMIT = { timeLimitMs: 240_000 }

function broken(how: string): readonly string[] {
  const command = `${process.execPath} test/support/broken-target.ts ${how}`
  const told = ['--env', 'PORT={port}', '--env', 'WEB_CONCURRENCY={workers}']
  return ['--cmd', command, '--port', '0', ...told, '--quick', '--quiet']
}

function oracle(kind: string, file = 'oracle'): readonly string[] {
  const command = `${process.execPath} test/support/tuner-targets/${file}.ts --kind ${kind}`
  return ['--cmd', `${command} --workers {workers} --port {port}`, '--port', '0', '--quiet']
}

/** A search on a machine that may be disturbed: a result, or a verdict that the figures cannot be trusted. */
async function search(args: readonly string[]): Promise<Report | null> {
  for (let tries = 1; tries <= 3; tries++) {
    const { code, stdout, stderr } = await runTune(['recommend', '--json', ...args], LIMIT)
    assert.ok([0, 1, 4].includes(code ?? -1), `${code}: ${stderr}`)
    const report = JSON.parse(stdout) as Report
    reportSchema.parse(report)
    if (code !== 4) return report
    assert.ok(report.runs.some(({ validity }) => validity.verdict === 'invalid'))
    assert.equal(report.recommendations.length, 0)
  }
  return null
}

test('a server that blocks gets more workers than CPUs, as many as the machine holds, and proves to serve more with them', async (t) => {
  const report = await search([...oracle('cpu-blocking', 'crowded'), '--quick', '-w', '1'])
  if (report === null) return t.skip('the machine was disturbed three times')
  const { tuning, recommendations } = report
  const { choice, verification } = tuning ?? assert.fail('no search')
  // Four of five parts of its time it is blocked, so five would be best; more than three do not start.
  assert.ok(choice?.workers === 2 || choice?.workers === 3, JSON.stringify(choice))
  assert.match(String(choice.doubts), /no more could be tried: with \d+ workers: the command ended before it listened/)
  assert.equal(verification?.outcome, 'better', JSON.stringify(verification))
  assert.ok((verification?.ratio ?? 0) > 1.5)
  const workers = recommendations.find(({ setting }) => setting === 'WEB_CONCURRENCY')
  assert.equal(workers?.current, 1)
  assert.ok((workers?.value ?? 0) >= choice.workers)
})

test('a running server is searched for what can be found from outside: connections and the rate it can take', async (t) => {
  const { createServer } = await import('node:http')
  const server = createServer((_, response) => void setTimeout(() => response.end('done'), 5)).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const report = await search(['--url', `http://127.0.0.1:${port}/`, '--quick', '--quiet'])
  if (report === null) return t.skip('the machine was disturbed three times')
  assert.equal(report.tuning?.choice, null)
  assert.equal(report.tuning?.verification?.outcome, 'same')
  assert.ok(report.runs.some(({ phase }) => phase === 'steady'))
})

for (const [how, code, said] of [
  ['deaf', 3, /does not heed its worker count/],
  [
    'failing',
    3,
    /not one of \d+ requests was answered well \(status 500: \d+\); (?:it printed|the end of what it printed):\n[^]*no database at 127\.0\.0\.1:1/,
  ],
  ['fragile', 3, /with 1 worker: the command ended in mid-run \(exit code 7\); it printed:\n[^]*out of cheese/],
] as const) {
  test(`a target that is ${how} is told with exit ${code}`, async () => {
    const result = await runTune(['recommend', ...broken(how)], LIMIT)
    assert.match(result.stderr, said)
    assert.equal(result.code, code)
  })
}

test('Ctrl-C prints what was found, recommends nothing, and leaves nothing running', async () => {
  const running = startTune(['recommend', '--json', ...oracle('cpu'), '--quick'], LIMIT)
  await eventually('the target runs', () => descendants(running.pid).length > 3, 20_000)
  const pids = descendants(running.pid)
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  running.child.kill('SIGINT')
  const { code, stdout } = await running.finished
  assert.equal(code, 130)
  const report = JSON.parse(stdout) as Report
  reportSchema.parse(report)
  assert.equal(report.interrupted, true)
  assert.deepEqual(report.recommendations, [])
  await eventually('all have ended', () => pids.every((pid) => !isAlive(pid)))
})

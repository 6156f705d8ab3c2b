import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'

import { Ajv } from 'ajv'

import type { Report } from '../../src/core/report.ts'
import { startFixedServer } from '../support/fixed-server.ts'
import { reportFixture } from '../support/report-fixture.ts'
import { runTune } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder('run')
const schema = JSON.parse(readFileSync(new URL('../../docs/schema/report.v1.json', import.meta.url), 'utf8')) as object
const fitsSchema = new Ajv({ strict: false, validateFormats: false }).compile(schema)

test('tune bench measures the bundled server and writes one document that fits the published schema', async () => {
  const files = ['json', 'html', 'md', 'xml', 'csv', 'prom', 'hgrm', 'ndjson'].map((kind) =>
    join(folder, `all.${kind}`),
  )
  const { code, stdout, stderr } = await runTune([
    'bench',
    '--json',
    '-d',
    '1s',
    '--warm-up',
    '500ms',
    ...files.flatMap((file) => ['-o', file]),
  ])
  assert.ok(code === 0 || code === 4, `exit code ${code}\n${stderr}`)
  const report = JSON.parse(stdout) as Report
  assert.ok(fitsSchema(report), JSON.stringify(fitsSchema.errors))
  assert.deepEqual(
    report.runs.map(({ phase }) => phase),
    ['saturate', 'steady'],
  )
  for (const run of report.runs) {
    const { requests } = run
    assert.ok(requests.good > 50, `${run.phase}: ${requests.good} good answers`)
    assert.equal(requests.scheduled, requests.sent + requests.dropped)
    const outcomes =
      requests.good +
      requests.limited +
      requests.shed +
      requests.failed +
      requests.mismatched +
      requests.timedOut +
      requests.lost +
      requests.unfinished
    assert.equal(requests.sent, outcomes)
    assert.deepEqual(
      run.routes.map(({ name }) => name),
      ['GET /api/v1/endpoint', 'POST /search', 'POST /ads'],
    )
    assert.equal(
      run.routes.reduce((sum, route) => sum + route.requests.sent, 0),
      requests.sent,
    )
    assert.ok(run.targetUse !== null && Number(run.targetUse.cpuMsPerRequest) > 0.2)
  }
  for (const file of files) assert.ok(existsSync(file) && readFileSync(file).length > 50, file)
  assert.match(stderr, /saturate/)
})

test('every request failing is never a success, and is counted', async () => {
  const server = await startFixedServer({ delayMs: 1, status: 500 })
  const { code, stdout } = await runTune([
    'bench',
    '--url',
    server.url,
    '-c',
    '2',
    '-d',
    '300ms',
    '--warm-up',
    '0',
    '--json',
  ])
  await server.close()
  assert.equal(code, 3)
  const [run] = (JSON.parse(stdout) as Report).runs
  assert.ok(run !== undefined && run.requests.failed > 10 && run.requests.good === 0)
  assert.equal(run.responseTime.p50Ms, null, 'no good answer, so no latency')
  assert.ok(
    run.otherOutcomes['failed'] !== undefined && run.otherOutcomes['failed'].responseTime.count === run.requests.failed,
  )
})

test('a target that is not there ends with exit code 3, a hint, and no figures', async () => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')
  const { code, stdout, stderr } = await runTune(['bench', '--url', `http://127.0.0.1:${port}/`])
  assert.equal(code, 3)
  assert.equal(stdout, '')
  assert.match(stderr, /nothing answers at http:\/\/127\.0\.0\.1/)
})

test('tune serve on a port that is taken ends with exit code 3 and names the port', async () => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const { code, stderr } = await runTune(['serve', '--port', String(port), '-w', '1'])
  listener.close()
  assert.equal(code, 3)
  assert.match(stderr, new RegExp(String(port)))
})

test('the gate passes and fails by exit code, and writes JUnit', async () => {
  const [file, junit] = [join(folder, 'fixture.json'), join(folder, 'gate.xml')]
  writeFileSync(file, JSON.stringify(reportFixture()))
  const pass = await runTune(['gate', '--from', file, '--objective', 'p95 < 10s', '-o', junit])
  assert.equal(pass.code, 0, pass.stdout + pass.stderr)
  assert.match(readFileSync(junit, 'utf8'), /<testcase/)
  const fail = await runTune(['gate', '--from', file, '--objective', 'p95 < 0.1ms', '-o', junit])
  assert.equal(fail.code, 1)
  assert.match(fail.stdout, /FAIL/)
  assert.match(readFileSync(junit, 'utf8'), /<failure/)
})

test('the gate passes a fresh run, or names what the machine did to it and gives no verdict', async () => {
  const server = await startFixedServer({ delayMs: 5 })
  const load = ['--url', server.url, '-r', '600', '-d', '2s', '--warm-up', '500ms']
  const file = join(folder, 'gate.json')
  const { code, stdout, stderr } = await runTune(['gate', ...load, '--objective', 'p95 < 10s', '-o', file])
  await server.close()
  const { verdict } = JSON.parse(readFileSync(file, 'utf8')) as Report
  assert.equal(verdict.checks[0]?.expected, 'p95 < 10s')
  if (code === 0) return assert.match(stdout, /PASS/)
  assert.equal(code, 4, stdout + stderr)
  assert.match(stdout, /the hypervisor took|other processes used|had no CPU in/)
})

test('headers given on the command line stand in the report unless they hold a secret', async () => {
  const server = await startFixedServer({ delayMs: 0 })
  const { stdout } = await runTune([
    'bench',
    '--url',
    server.url,
    '-H',
    'accept: text/html',
    '-c',
    '1',
    '-d',
    '200ms',
    '--warm-up',
    '0',
    '--json',
  ])
  await server.close()
  assert.match((JSON.parse(stdout) as Report).command, /accept: text\/html/)
})

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'

import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'
import { runTune } from '../support/run-tune.ts'
import {
  advice,
  ALL_KINDS_OF_ADVICE,
  ALL_KINDS_OF_VARIABLES,
  hostileReport,
  reportWith,
} from '../report/export/export-fixture.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder('exports')
const REPORTS = { plain: reportWith(ALL_KINDS_OF_ADVICE), hostile: hostileReport() }
for (const [name, report] of Object.entries(REPORTS)) {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(report))
}

/** The `skip` of a test that needs a program: false where it is installed, or TUNE_REQUIRE_SERVICES asks for it. */
function without(program: string): string | false {
  const isInstalled = spawnSync(program, ['--version'], { timeout: 30_000 }).error === undefined
  return !isInstalled && process.env['TUNE_REQUIRE_SERVICES'] !== '1' && `${program} is not installed`
}

/** Runs a program to its end, and gives what it printed. */
function run(program: string, args: readonly string[], options: Parameters<typeof spawnSync>[2] = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, timeout: 60_000, ...options })
  assert.equal(error, undefined, `${program} must be installed where TUNE_REQUIRE_SERVICES is set`)
  return { status, stdout: String(stdout), stderr: String(stderr) }
}

/** Writes the export of a report, by the real command; gives its name in `folder`. */
async function exported(kind: string, report: string, file: string): Promise<string> {
  const { code, stderr } = await runTune(['export', kind, '--from', `${report}.json`, file, '--write'], { cwd: folder })
  assert.equal(code, 0, stderr)
  return file
}

test('without FILE the content is printed; with it the difference, and nothing is written', async () => {
  const printed = await runTune(['export', 'env', '--from', 'plain.json'], { cwd: folder })
  assert.deepEqual([printed.code, printed.stderr], [0, ''])
  assert.match(printed.stdout, /^WEB_CONCURRENCY=2$/m)
  const shown = await runTune(['export', 'env', '--from', 'plain.json', 'new.env'], { cwd: folder })
  assert.deepEqual([shown.code, shown.stderr], [0, 'nothing was written; to write it, add --write\n'])
  assert.match(shown.stdout, /^--- \/dev\/null\n\+\+\+ new\.env\n@@ -0,0 \+1,\d+ @@\n/)
  assert.equal(shown.stdout.replaceAll(/^(?:---|\+\+\+|@@).*\n|^\+/gm, ''), printed.stdout)
  assert.ok(!existsSync(join(folder, 'new.env')))
})

test('a file that is there is replaced only with --force', async () => {
  const args = ['export', 'env', '--from', 'plain.json', 'mine.env', '--write']
  const file = join(folder, 'mine.env')
  writeFileSync(file, 'MINE=1\n')
  const refused = await runTune(args, { cwd: folder })
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /^tune: mine\.env exists, and --write alone replaces nothing\n {2}look at .*--force/)
  assert.match(refused.stdout, /^-MINE=1$/m)
  assert.equal(readFileSync(file, 'utf8'), 'MINE=1\n')
  const replaced = await runTune([...args, '--force'], { cwd: folder })
  assert.deepEqual([replaced.code, replaced.stderr], [0, 'wrote mine.env\n'])
  assert.match(readFileSync(file, 'utf8'), /^WEB_CONCURRENCY=2$/m)
  const again = await runTune(args, { cwd: folder })
  assert.deepEqual([again.code, again.stdout, again.stderr], [0, '', 'mine.env is so already\n'])
})

test('patch makes the file out of the difference', { skip: without('patch') }, async () => {
  const before = 'A=1\nWEB_CONCURRENCY=2\nB=2\n'
  writeFileSync(join(folder, 'patched.env'), before)
  const { stdout } = await runTune(['export', 'env', '--from', 'hostile.json', 'patched.env'], { cwd: folder })
  assert.equal(run('patch', ['-p0'], { input: stdout }).status, 0)
  const { stdout: content } = await runTune(['export', 'env', '--from', 'hostile.json'], { cwd: folder })
  assert.equal(readFileSync(join(folder, 'patched.env'), 'utf8'), content)
})

test('an invalid report gives a sentence and exit code 4, and a wrong command line gives 2', async () => {
  writeFileSync(join(folder, 'invalid.json'), JSON.stringify(invalidReportFixture()))
  const invalid = await runTune(['export', 'env', '--from', 'invalid.json', 'x.env', '--write'], { cwd: folder })
  assert.deepEqual([invalid.code, invalid.stdout], [4, ''])
  assert.match(invalid.stderr, /^tune: nothing to export from invalid\.json: saturate is invalid .*guesses\n$/)
  assert.ok(!existsSync(join(folder, 'x.env')))
  const unknown = await runTune(['export', 'toml', '--from', 'plain.json'], { cwd: folder })
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /known: env compose k8s pm2 systemd gunicorn alerts\n$/)
  const missing = await runTune(['export', 'env'], { cwd: folder })
  assert.equal(missing.code, 2)
  assert.match(missing.stderr, /--from <report\.json>/)
})

for (const report of Object.keys(REPORTS)) {
  test(`${report}: node --env-file reads the dotenv file, and its heap is as large as it says`, async () => {
    const file = await exported('env', report, `${report}.env`)
    const script = 'console.log(JSON.stringify([process.env, v8.getHeapStatistics().heap_size_limit]))'
    const { status, stdout, stderr } = run(process.execPath, [`--env-file=${file}`, '-e', script], { env: {} })
    assert.deepEqual([status, stderr], [0, ''])
    const [environment, heapLimitBytes] = JSON.parse(stdout) as [Readonly<Record<string, string>>, number]
    assert.deepEqual(environment, ALL_KINDS_OF_VARIABLES)
    // The old generation, and three semi-spaces of 32 MiB.
    assert.ok(Math.abs(heapLimitBytes / 1_048_576 - (1_536 + 3 * 32)) <= 32, `${heapLimitBytes}`)
  })

  test(`${report}: a shell reads the same from it`, async () => {
    const file = await exported('env', report, `${report}-shell.env`)
    const names = [...Object.keys(ALL_KINDS_OF_VARIABLES), 'INJECTED']
    const script = `set -eu; . ./${file}; ${names.map((name) => `echo "\${${name}-unset}"`).join('; ')}`
    const { status, stdout, stderr } = run('/bin/sh', ['-c', script], { env: {} })
    assert.deepEqual([status, stderr], [0, ''])
    assert.deepEqual(stdout.trimEnd().split('\n'), [...Object.values(ALL_KINDS_OF_VARIABLES), 'unset'])
  })

  test(`${report}: docker-compose merges the fragment`, { skip: without('docker-compose') }, async () => {
    const file = await exported('compose', report, `${report}.compose.yaml`)
    const base = 'version: "3.8"\nservices:\n  app:\n    image: node:24\n    environment:\n      MINE: "1"\n'
    writeFileSync(join(folder, 'base.yaml'), base)
    const { status, stdout, stderr } = run('docker-compose', ['-f', 'base.yaml', '-f', file, 'config'])
    assert.deepEqual([status, stderr], [0, ''])
    for (const [name, value] of Object.entries({ ...ALL_KINDS_OF_VARIABLES, MINE: '1' })) {
      assert.match(stdout, new RegExp(`^ +${name}: ["']?${value}["']?$`, 'm'))
    }
    assert.doesNotMatch(stdout, /INJECTED/i)
    assert.match(stdout, /^ +limits:\n +cpus: ['"]?2(?:\.0)?['"]?\n +memory: 7936M$/m)
  })

  test(`${report}: systemd takes every line of the drop-in`, { skip: without('systemd-analyze') }, async () => {
    const file = await exported('systemd', report, `${report}.conf`)
    const units = join(folder, `${report}-units`)
    mkdirSync(join(units, 'tuned.service.d'), { recursive: true })
    writeFileSync(join(units, 'tuned.service'), '[Service]\nExecStart=/bin/true\n')
    copyFileSync(join(folder, file), join(units, 'tuned.service.d', 'tune.conf'))
    // It ends with 0 even for keys that it does not know, and says so on stderr.
    const verify = (): ReturnType<typeof run> =>
      run('systemd-analyze', ['verify', '--man=no', join(units, 'tuned.service')], {
        env: { ...process.env, SYSTEMD_UNIT_PATH: `${units}:` },
      })
    assert.deepEqual(verify(), { status: 0, stdout: '', stderr: '' })
    writeFileSync(join(units, 'tuned.service.d', 'wrong.conf'), '[Service]\nNoSuchKey=1\n')
    assert.match(verify().stderr, /NoSuchKey/, 'drop-ins must be looked at')
  })

  test(`${report}: gunicorn takes every setting, and knows it`, { skip: without('gunicorn') }, async () => {
    const file = await exported('gunicorn', report, `${report}.conf.py`)
    writeFileSync(join(folder, 'app.py'), 'def app(environ, start_response):\n    return []\n')
    const { status, stderr } = run('gunicorn', ['--check-config', '-c', file, 'app:app'])
    assert.deepEqual([status, stderr], [0, ''])
    const { stdout } = run('gunicorn', ['--print-config', '-c', file, 'app:app'])
    for (const [name, value] of [
      ['workers', '2'],
      ['max_requests', '10000'],
      ['keepalive', '66'],
    ]) {
      assert.match(stdout, new RegExp(`^${name} += ${value}$`, 'm'))
    }
    // gunicorn passes over names that it does not know.
    const names = readFileSync(join(folder, file), 'utf8').match(/^\w+/gm) ?? []
    assert.deepEqual([...names].sort(), ['keepalive', 'max_requests', 'workers'])
  })

  test(`${report}: promtool accepts the alert rules`, { skip: without('promtool') }, async () => {
    const file = await exported('alerts', report, `${report}.rules.yaml`)
    const { status, stdout, stderr } = run('promtool', ['check', 'rules', file])
    assert.deepEqual([status, stderr], [0, ''])
    assert.match(stdout, /SUCCESS: 9 rules found/)
  })

  test(`${report}: require gives the file of PM2`, async () => {
    const file = await exported('pm2', report, `${report}.config.cjs`)
    const { apps } = createRequire(import.meta.url)(join(folder, file)) as { apps: readonly [Record<string, unknown>] }
    assert.deepEqual([apps.length, apps[0]['instances'], apps[0]['exec_mode']], [1, 2, 'cluster'])
    assert.deepEqual(apps[0]['node_args'], ['--max-old-space-size=1536', '--max-semi-space-size=32'])
  })
}

test('every setting that gunicorn is ever given is one of its own', { skip: without('gunicorn') }, async () => {
  const settings = ['WEB_CONCURRENCY', 'CPU_THREADS', 'WORKER_TIMEOUT', 'GRACEFUL_TIMEOUT', 'KEEP_ALIVE']
  const all = [...settings, 'MAX_REQUESTS', 'MAX_REQUESTS_JITTER'].map((name) => advice(name, 3))
  writeFileSync(join(folder, 'gunicorn.json'), JSON.stringify(reportFixture({ recommendations: all })))
  const file = await exported('gunicorn', 'gunicorn', 'all.conf.py')
  writeFileSync(join(folder, 'app.py'), 'def app(environ, start_response):\n    return []\n')
  const { stdout } = run('gunicorn', ['--print-config', '-c', file, 'app:app'])
  const names = [
    'workers',
    'threads',
    'timeout',
    'graceful_timeout',
    'keepalive',
    'max_requests',
    'max_requests_jitter',
  ]
  for (const name of names) assert.match(stdout, new RegExp(`^${name} += 3$`, 'm'))
})

/** Series by which each alert must be raised after its five minutes, and no other. */
const RAISED: Readonly<Record<string, readonly (readonly [series: string, values: string])[]>> = {
  TuneResponseTimeHigh: [
    ['http_request_duration_seconds_bucket{job="tune",le="0.1"}', '0+0x20'],
    ['http_request_duration_seconds_bucket{job="tune",le="0.25"}', '0+10x20'],
    ['http_request_duration_seconds_bucket{job="tune",le="+Inf"}', '0+10x20'],
  ],
  TuneErrorRateHigh: [
    ['http_requests_total{job="tune",instance="a",status="200"}', '0+100x20'],
    ['http_requests_total{job="tune",instance="a",status="503"}', '0+2x20'],
  ],
  // 0.75 of two CPUs are 90 s a minute, by two workers.
  TuneCpuScaleOut: [
    ['tune_worker_cpu_seconds_total{job="tune",instance="a",worker="1"}', '0+45x20'],
    ['tune_worker_cpu_seconds_total{job="tune",instance="a",worker="2"}', '0+45x20'],
  ],
  TuneMemoryScaleOut: [['tune_worker_resident_memory_bytes{job="tune",instance="a",worker="1"}', '7000000000+0x20']],
  TuneQueueLong: [['tune_queue_length{job="tune",instance="a"}', '101+0x20']],
  TuneDatabasePoolExhausted: [['tune_database_pool_exhausted_total{job="tune",instance="a"}', '0+1x20']],
  // 1 700/s; 80 % of 2 000/s are 1 600/s.
  TuneNearCapacity: [['http_requests_total{job="tune",instance="a",status="200"}', '0+102000x20']],
}

test('each alert is raised by what it is for, and by no other', { skip: without('promtool') }, async () => {
  const rules = await exported('alerts', 'plain', 'raised.rules.yaml')
  const alerts = Object.keys(RAISED)
  const tests = alerts.map((raised) => ({
    interval: '1m',
    input_series: RAISED[raised]?.map(([series, values]) => ({ series, values })),
    alert_rule_test: alerts
      .filter((alert) => alert !== raised)
      .map((alertname) => ({ eval_time: '15m', alertname, exp_alerts: [] })),
  }))
  writeFileSync(join(folder, 'quiet.json'), JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests }))
  const quiet = run('promtool', ['test', 'rules', 'quiet.json'])
  assert.deepEqual([quiet.status, quiet.stderr], [0, ''])
  for (const raised of alerts) {
    const input = RAISED[raised]?.map(([series, values]) => ({ series, values }))
    const expectNone = [{ eval_time: '15m', alertname: raised, exp_alerts: [] }]
    const one = {
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series: input, alert_rule_test: expectNone }],
    }
    writeFileSync(join(folder, 'one.json'), JSON.stringify(one))
    const { status, stdout, stderr } = run('promtool', ['test', 'rules', 'one.json'])
    assert.notEqual(status, 0, `${raised} was not raised`)
    assert.match(stdout + stderr, new RegExp(`alertname="${raised}"`))
  }
})

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import type { Report } from '../../src/core/report.ts'
import { runTune } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder('faults')
const scenario = join(folder, 'broken.yaml')
writeFileSync(
  scenario,
  `name: broken
description: Both upstreams answer with errors for a second.
settings: { WEB_CONCURRENCY: 1, CACHE_ENABLED: false, RETRY_MAX_ATTEMPTS: 1 }
requests:
  - method: POST
    path: /ads
    body: { thread_name: test, conversation: [{ role: user, content: a quiet hotel }] }
phases:
  - name: broken
    kind: open
    rate: 40/s
    arrivals: uniform
    duration: 4s
    faults:
      - { upstream: primary, from: 1s, to: 2s, errorRate: 100% }
      - { upstream: secondary, from: 1s, to: 2s, errorRate: 100% }
`,
)

test('faults of a scenario happen at their moments, and the timeline shows what came of them', async () => {
  const [html, ndjson] = [join(folder, 'broken.html'), join(folder, 'broken.ndjson')]
  const { code, stdout, stderr } = await runTune(['bench', scenario, '--json', '-o', html, '-o', ndjson])
  assert.ok(code === 0 || code === 4, `exit code ${code}\n${stderr}`)
  const report = JSON.parse(stdout) as Report
  const [run] = report.runs
  assert.ok(run)
  assert.deepEqual(
    run.faults?.map(({ upstream, fault }) => `${upstream} ${fault}`),
    ['primary answers 100 % with 500', 'secondary answers 100 % with 500'],
  )
  for (const { fromS, toS } of run.faults ?? []) {
    // On a machine that is busy a command may come late, but never early.
    assert.ok(fromS >= 0.99 && fromS < 1.9 && toS >= 1.99 && toS <= 4, `${fromS} to ${toS}`)
  }
  const failures = run.timeline.map(
    ({ server }) => server?.upstreams.reduce((sum, each) => sum + each.failures, 0) ?? 0,
  )
  assert.equal(failures[0], 0, 'nothing was wrong in the first second')
  assert.ok((failures[1] ?? 0) + (failures[2] ?? 0) > 0, String(failures))
  assert.ok(run.timeline.slice(1).some(({ outcomes }) => Object.keys(outcomes ?? {}).some((name) => name !== 'good')))
  const ended = run.timeline.flatMap(({ outcomes }) => Object.values(outcomes ?? {}).map(({ count }) => count))
  assert.equal(
    ended.reduce((sum, count) => sum + count, 0),
    run.requests.sent,
    'no request is missing in the timeline',
  )
  for (const { workers } of run.timeline) assert.equal(workers?.[0]?.role, 'primary')
  assert.match(readFileSync(html, 'utf8'), /Fault a: primary answers 100 % with 500/)
  assert.match(readFileSync(ndjson, 'utf8'), /"type":"second".*"outcomes":.*"server":.*"targetProcesses":/)
})

test('a scenario with faults is refused for another server, and nothing is sent', async () => {
  const { code, stdout, stderr } = await runTune(['bench', scenario, '--url', 'http://127.0.0.1:1/'])
  assert.deepEqual([code, stdout], [2, ''])
  assert.match(stderr, /has faults, which only simulated upstreams can have/)
})

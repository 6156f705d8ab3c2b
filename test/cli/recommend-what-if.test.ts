import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { memorySize } from '../../src/cli/flags.ts'
import { runWhatIf, type WhatIfFlags } from '../../src/cli/recommend-what-if.ts'
import type { Report } from '../../src/core/report.ts'
import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const EXAMPLE = fileURLToPath(new URL('../../reports/example.json', import.meta.url))
const folder = temporaryFolder('what-if')

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function run(flags: Partial<WhatIfFlags>): Promise<Ended> {
  const written = { stdout: '', stderr: '' }
  const streamOf = (name: 'stdout' | 'stderr') => ({
    write: (text: string | Uint8Array) => ((written[name] += text), true),
  })
  const streams = { stdout: streamOf('stdout'), stderr: streamOf('stderr') }
  const code = await runWhatIf({ from: EXAMPLE, color: false, ...flags }, streams)
  return { code, ...written }
}

function fileOf(name: string, report: Report): string {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(report))
  return file
}

test('a real report, 16 CPUs, 32 GiB and 5 000/s give a table with machines and limits, and exit code 0', async () => {
  const { code, stdout, stderr } = await run({ targetCpus: 16, targetMemory: 32 * 2 ** 30, targetRate: 5_000 })
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /What if: machines of 16 CPUs and 32 GiB, 5,000\/s in all/)
  assert.match(stdout, /workers per machine +16/)
  assert.match(stdout, /machines +1 +1 +2/)
  assert.match(stdout, /Confidence is low/)
})

test('--json prints one document with the answer, its bounds and its limits', async () => {
  const { code, stdout } = await run({ targetRate: 5_000, json: true })
  const document = JSON.parse(stdout)
  assert.equal(code, 0)
  assert.deepEqual([document.schema, document.outcome, document.target.cpus], ['tune.what-if/v1', 'answered', 2])
  // 1 206/s × 0.8: 5.2 machines.
  assert.equal(document.plan.machines.value, 6)
  assert.ok(document.limits.length > 3)
})

for (const [name, report, why] of [
  ['invalid', invalidReportFixture(), /the run is invalid: saturate \(the generator used 0\.99/],
  ['interrupted', reportFixture({ interrupted: true }), /cut short/],
  ['empty', reportFixture({ runs: [] }), /nothing was measured/],
  [
    'blind',
    reportFixture({ runs: reportFixture().runs.map((each) => ({ ...each, targetUse: null })) }),
    /no phase at full load/,
  ],
] as const) {
  test(`a report that is ${name} is refused with exit code 4, a reason and what to do`, async () => {
    const from = fileOf(`${name}.json`, report)
    const { code, stdout, stderr } = await run({ from })
    assert.deepEqual([code, stdout], [4, ''])
    assert.match(stderr, why)
    assert.ok(stderr.includes(`--from ${from}: `))
    assert.match(stderr, /\n {2}m.+/)
    const document = JSON.parse((await run({ from, json: true })).stdout)
    assert.equal(document.outcome, 'refused')
    assert.match(document.reason, why)
  })
}

test('a machine that does not hold one worker is refused with exit code 4', async () => {
  const { code, stderr } = await run({ targetMemory: 128 * 2 ** 20 })
  assert.equal(code, 4)
  assert.match(stderr, /one worker needs 223 MiB beside .* 128 MiB/)
})

test('a file that is no report is a usage error that names it', async () => {
  await assert.rejects(run({ from: join(folder, 'none.json') }), { code: 'usage', message: /--from .*none\.json/ })
})

test('memory is read in powers of 1024, and refused with what is allowed', () => {
  assert.equal(memorySize('32GiB'), 34_359_738_368)
  assert.equal(memorySize('512m'), 536_870_912)
  for (const wrong of ['lots', '12', '-1GiB', ''])
    assert.throws(() => memorySize(wrong), /from 1MiB on, such as 512MiB/)
})

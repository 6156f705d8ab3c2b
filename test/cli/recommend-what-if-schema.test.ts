import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { Ajv } from 'ajv'

import { runWhatIf, type WhatIfFlags } from '../../src/cli/recommend-what-if.ts'
import type { Report } from '../../src/core/report.ts'
import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const EXAMPLE = fileURLToPath(new URL('../../reports/example.json', import.meta.url))
const SCHEMA: unknown = JSON.parse(readFileSync(new URL('../../docs/schema/what-if.v1.json', import.meta.url), 'utf8'))
const fits = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(SCHEMA as object) // a JSON Schema
const folder = temporaryFolder('what-if-schema')

async function documentOf(flags: Partial<WhatIfFlags>): Promise<Record<string, unknown>> {
  let written = ''
  const stdout = { write: (text: string | Uint8Array) => ((written += String(text)), true) }
  await runWhatIf({ from: EXAMPLE, color: false, json: true, ...flags }, { stdout, stderr: { write: () => true } })
  return JSON.parse(written)
}

function fileOf(name: string, report: Report): string {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(report))
  return file
}

for (const [name, flags] of [
  ['of the measured machine', {}],
  ['for other machines and a rate', { targetCpus: 16, targetMemory: 32 * 2 ** 30, targetRate: 5_000 }],
  ['of a report with objectives', { from: fileOf('objectives.json', reportFixture()), targetRate: 5_000 }],
  ['that is a refusal', { from: fileOf('invalid.json', invalidReportFixture()) }],
  ['about a report without runs', { from: fileOf('empty.json', reportFixture({ runs: [] })) }],
  ['about a machine that is too small', { targetMemory: 128 * 2 ** 20 }],
] as const) {
  test(`a document ${name} fits the published schema of tune.what-if/v1`, async () => {
    fits(await documentOf(flags))
    assert.deepEqual(fits.errors ?? [], [])
  })
}

test('a document without its bounds, or of another version, does not fit', async () => {
  const document = await documentOf({})
  assert.equal(fits({ ...document, capacityPerS: { value: 1 } }), false)
  assert.equal(fits({ ...document, schema: 'tune.what-if/v2' }), false)
  assert.equal(fits({ ...document, outcome: 'guessed' }), false)
})

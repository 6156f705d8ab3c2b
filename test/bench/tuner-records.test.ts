import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { temporaryFolder } from '../support/temporary-folder.ts'
import { type TunerRecord, TunerRecords } from './support/tuner-records.ts'

const CHOICE: TunerRecord = {
  part: 'choice',
  effort: 'standard',
  workers: 2,
  probes: 6,
  tookMs: 90_000,
  outcome: 'better',
  ratio: 1.4,
}
const PAIR: TunerRecord = {
  part: 'extrapolate',
  seconds: 10,
  modelledPerS: 171,
  measuredPerS: 190,
  generatorCpus: 0.02,
  validity: 'valid',
}

function fileInNewFolder(): string {
  return join(temporaryFolder('tuner'), 'below', 'cpu.ndjson')
}

test('raw results are there again for the next run, oldest first', () => {
  const file = fileInNewFolder()
  assert.deepEqual(new TunerRecords(file).all(), [])
  new TunerRecords(file).add(CHOICE)
  new TunerRecords(file).add(PAIR)
  assert.deepEqual(new TunerRecords(file).all(), [CHOICE, PAIR])
})

test('a line that was cut short when a run was killed is no result, and does not spoil the next one', () => {
  const file = fileInNewFolder()
  const records = new TunerRecords(file)
  records.add(CHOICE)
  appendFileSync(file, '{"part":"extrap')
  assert.deepEqual(records.all(), [CHOICE])
  records.add(PAIR)
  assert.deepEqual(records.all(), [CHOICE, PAIR])
})

test('the results of a part can be forgotten, and the others stay', () => {
  const records = new TunerRecords(fileInNewFolder())
  records.drop(['grid'])
  records.add(CHOICE)
  records.add(PAIR)
  records.drop(['choice', 'grid'])
  assert.deepEqual(records.all(), [PAIR])
})

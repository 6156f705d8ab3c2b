import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Run } from '../../src/core/report.ts'
import { TargetError } from '../../src/core/errors.ts'
import { benchBesideHog, benchUnderQuota, splitCpus } from '../support/provocations.ts'

function assertDoubted(run: Run, codes: readonly string[]): void {
  const { verdict, reasons } = run.validity
  assert.notEqual(verdict, 'valid')
  const missing = codes.filter((code) => !reasons.some((reason) => reason.code === code))
  assert.deepEqual(missing, [], JSON.stringify(reasons, null, 2))
}

test('a process that spins on the CPU of the generator is named, and its wait is measured', async (t) => {
  const cpus = splitCpus()
  if (cpus === undefined) return t.skip('this needs exactly two usable CPUs')
  const run = await benchBesideHog(cpus.generator, ['-r', '1500', '-d', '3s'])
  assertDoubted(run, ['busy-neighbour', 'generator-starved'])
})

test('a process that spins on the CPU of the target makes the phase invalid, and is named', async (t) => {
  const cpus = splitCpus()
  if (cpus === undefined) return t.skip('this needs exactly two usable CPUs')
  const run = await benchBesideHog(cpus.target, ['-c', '10', '-d', '2s'])
  assert.equal(run.validity.verdict, 'invalid')
  assertDoubted(run, ['busy-neighbour', 'target-starved'])
  assert.ok(Number(run.interference?.neighbourCpus) > 0.3, JSON.stringify(run.interference))
})

test('a container whose CPU quota stops tune and its target is told', async (t) => {
  try {
    assertDoubted(await benchUnderQuota(0.5, ['-c', '10', '-d', '2s']), ['cpu-throttled'])
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    t.skip(error.message)
  }
})

import assert from 'node:assert/strict'
import { cpus } from 'node:os'
import { test } from 'node:test'

import { describeTopology } from '../../src/host/topology.ts'

test('the topology counts at least one socket and as many logical cores as Node sees', async () => {
  const topology = await describeTopology()
  if (topology === null) assert.fail('no answer within 2 s')
  assert.ok(topology.sockets >= 1)
  assert.equal(topology.logicalCores, cpus().length)
  assert.ok(topology.physicalCores <= topology.logicalCores)
})

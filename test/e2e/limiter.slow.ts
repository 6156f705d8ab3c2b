import assert from 'node:assert/strict'
import { test } from 'node:test'

import { runTune } from '../support/run-tune.ts'

const SHORT = [
  'bench',
  'cache-hit',
  '-r',
  '200',
  '-d',
  '3s',
  '--warm-up',
  '1s',
  '--objective',
  'errors < 1%',
  '--quiet',
]

test('RL13 refused requests are never taken for good ones: they are counted by themselves, and nothing passes', async () => {
  const limited = ['--set', 'RATE_LIMIT_ENABLED=true', '--set', 'RATE_LIMIT_DEFAULT=400/minute']
  const { code, stdout } = await runTune([...SHORT, ...limited])
  // The objective is broken, or the run proves nothing at all.
  assert.notEqual(code, 0, stdout)
  assert.match(stdout, /limited \(429\) +\d/)
})

test('RL13 without being asked for it a benchmark limits nobody', async () => {
  const { stdout } = await runTune([...SHORT, '--json'])
  const { runs } = JSON.parse(stdout) as { runs: { requests: { limited: number; good: number } }[] }
  for (const { requests } of runs) assert.deepEqual([requests.limited, requests.good > 300], [0, true])
})

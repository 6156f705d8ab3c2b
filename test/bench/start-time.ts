import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { median, relativeSpread } from '../../src/stats/percentile.ts'

/** `npm run bench:start`: what `tune --help` and `tune --version` take beyond an empty node; order ABBA, medians of 10. */
const BIN = fileURLToPath(new URL('../../bin/tune.js', import.meta.url))
const ROUNDS = 5
const BOUND_MS = 60

const CANDIDATES = {
  'node -e 0': ['-e', '0'],
  'tune --version': [BIN, '--version'],
  'tune --help': [BIN, '--help'],
} as const

function millisecondsOf(args: readonly string[]): number {
  const startedMs = performance.now()
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`)
  return performance.now() - startedMs
}

const samples = new Map(Object.keys(CANDIDATES).map((name) => [name, [] as number[]]))
const order = Object.entries(CANDIDATES)
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, args] of [...order, ...order.toReversed()]) samples.get(name)?.push(millisecondsOf(args))
}

const baseMs = median(samples.get('node -e 0') ?? [])
for (const [name, times] of samples) {
  const beyondMs = median(times) - baseMs
  console.log(
    `${name.padEnd(16)} median ${median(times).toFixed(1)} ms of ${times.length}, spread ${(relativeSpread(times) * 100).toFixed(0)} %, beyond node ${beyondMs.toFixed(1)} ms${beyondMs > BOUND_MS ? `  ABOVE ${BOUND_MS} ms` : ''}`,
  )
  if (beyondMs > BOUND_MS) process.exitCode = 1
}

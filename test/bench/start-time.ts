import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { median, relativeSpread } from '../../src/stats/percentile.ts'

/**
 * `npm run bench:start`: what `tune --help` and `tune --version` take beyond an empty node, order ABBA, medians of 10; and how
 * long after `npx tune bench` the first live figure is shown, median of 5.
 */
const BIN = fileURLToPath(new URL('../../bin/tune.js', import.meta.url))
const ROUNDS = 5
const BOUND_MS = 60
const FIRST_FIGURE_TRIES = 5
const FIRST_FIGURE_BOUND_MS = 2_000

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

async function firstFigureMs(): Promise<number> {
  const startedMs = performance.now()
  const npx = spawn('npx', ['tune', 'bench'], { stdio: ['ignore', 'ignore', 'pipe'] })
  let progress = ''
  for await (const chunk of npx.stderr) {
    progress += String(chunk)
    if (/\d\/s /.test(progress)) break
  }
  const tookMs = performance.now() - startedMs
  npx.kill('SIGTERM')
  if (npx.exitCode === null && npx.signalCode === null) await once(npx, 'exit')
  await sleep(1_500) // the run that npx has left behind notices, and ends
  return tookMs
}

const firstFigures: number[] = []
for (let attempt = 0; attempt < FIRST_FIGURE_TRIES; attempt++) firstFigures.push(await firstFigureMs())
const isLate = median(firstFigures) > FIRST_FIGURE_BOUND_MS
if (isLate) process.exitCode = 1
console.log(
  `first live figure of npx tune bench: median ${median(firstFigures).toFixed(0)} ms of ${firstFigures.length}, ${Math.min(...firstFigures).toFixed(0)} to ${Math.max(...firstFigures).toFixed(0)}${isLate ? `  ABOVE ${FIRST_FIGURE_BOUND_MS} ms` : ''}`,
)

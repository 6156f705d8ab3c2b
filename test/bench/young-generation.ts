import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { Report } from '../../src/core/report.ts'
import { STEADY_HEAP_FLAGS } from '../../src/host/process-entry.ts'
import { median } from '../../src/stats/percentile.ts'
import { runTune } from '../support/run-tune.ts'

/**
 * `npm run bench:young`: the same worker with Node's own young generation and with a fixed one, order ABBA, twice: what the
 * growth of the heap in mid-run does to the latency of a server that is otherwise the same.
 */
const APP = fileURLToPath(new URL('../support/one-worker.ts', import.meta.url))
const VARIANTS = { 'as Node has it': [], 'of fixed size': STEADY_HEAP_FLAGS } as const
type Variant = keyof typeof VARIANTS
const ORDER: readonly Variant[] = ['as Node has it', 'of fixed size', 'of fixed size', 'as Node has it']
const ROUNDS = 2

async function startApp(flags: readonly string[]): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [...flags, APP], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  if (child.stdout === null) throw new Error('no stdout')
  const [url] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, url: url.toString().trim() }
}

const p99s = new Map<Variant, number[]>(ORDER.map((name) => [name, []]))
for (const name of Array.from({ length: ROUNDS }, () => ORDER).flat()) {
  const { child, url } = await startApp(VARIANTS[name])
  const { stdout } = await runTune(['bench', 'mixed', '--url', url, '--json', '--quiet'])
  child.kill()
  const steady = (JSON.parse(stdout) as Report).runs.find(({ phase }) => phase === 'steady')
  const p99Ms = steady?.responseTime.p99Ms ?? Number.NaN
  p99s.get(name)?.push(p99Ms)
  console.log(
    `young generation ${name}: steady p99 ${p99Ms.toFixed(1)} ms, max ${steady?.responseTime.maxMs?.toFixed(0)} ms`,
  )
}
for (const [name, values] of p99s) {
  console.log(
    `${name}: median p99 ${median(values).toFixed(1)} ms, ${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`,
  )
}

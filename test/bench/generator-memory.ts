import { on } from 'node:events'
import { parseArgs } from 'node:util'

import { forkPinned, stopProcess } from '../../src/host/pinned-process.ts'
import { STEADY_HEAP_FLAGS } from '../../src/host/process-entry.ts'
import { benchCpus } from './support/bench-cpus.ts'
import type { MemoryLoad, MemoryNote } from './support/memory-generator.ts'
import { startPlainTarget } from './support/plain-target.ts'

/**
 * `npm run bench:memory`: the memory of a generator that sends 10,000/s to 100 routes, after a collection, minute by minute.
 * Between the first and the last it may not differ by more than 5 MB. `--minutes 2` for a shorter run; at least 2.
 */
const RATE_PER_S = 10_000
const ROUTES = 100
const BAR_BYTES = 5_000_000
const BYTES_PER_MB = 1_000_000
const DEFAULT_MINUTES = '10'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: DEFAULT_MINUTES } } })
const minutes = Number(values.minutes)
if (!Number.isInteger(minutes) || minutes < 2 || minutes > 59)
  throw new RangeError(`--minutes must be a whole number from 2 to 59, got ${values.minutes}`)

const cpus = benchCpus()
const target = await startPlainTarget([cpus.server])
const load: MemoryLoad = { origin: new URL(target.url).origin, ratePerS: RATE_PER_S, routes: ROUTES, minutes }
const { child, output } = forkPinned(new URL('./support/memory-generator.ts', import.meta.url), {
  cpus: [cpus.generator],
  args: [JSON.stringify(load)],
  execArgv: ['--expose-gc', ...STEADY_HEAP_FLAGS],
})

const usedBytes: number[] = []
let sent: Extract<MemoryNote, { readonly sent: number }> | undefined
try {
  console.log(`${RATE_PER_S}/s to ${ROUTES} routes for ${minutes} minutes; MB after a collection`)
  console.log('minute    heap  external   heap + external     RSS')
  const ended = new AbortController()
  child.once('exit', () => ended.abort(new Error(`the generator ended: ${output()}`)))
  for await (const [message] of on(child, 'message', { signal: ended.signal })) {
    const note = message as MemoryNote // the generator says nothing else
    if ('sent' in note) {
      sent = note
      break
    }
    usedBytes.push(note.heapBytes + note.externalBytes)
    console.log(
      `${String(note.minute).padStart(6)}${inMb(note.heapBytes, 8)}${inMb(note.externalBytes, 10)}${inMb(note.heapBytes + note.externalBytes, 18)}${inMb(note.rssBytes, 8)}`,
    )
  }
} finally {
  await stopProcess(child, { graceMs: 1_000 })
  await target.close()
}

const growthBytes = (usedBytes.at(-1) ?? Number.NaN) - (usedBytes[0] ?? Number.NaN)
const isSteady = Math.abs(growthBytes) <= BAR_BYTES && usedBytes.length === minutes
// A generator that sends nothing needs no memory either.
const asked = RATE_PER_S * (minutes * 60 + 1)
const hasSent = sent !== undefined && sent.sent >= 0.995 * asked && sent.good === sent.sent
console.log(
  `minute ${minutes} − minute 1: ${inMb(growthBytes, 0)} MB, wanted ±${inMb(BAR_BYTES, 0)}   ${isSteady ? 'held' : 'MISSED'}`,
)
console.log(
  `sent ${sent?.sent} of ${asked}, good ${sent?.good}, dropped ${sent?.dropped}   ${hasSent ? 'held' : 'MISSED'}`,
)
process.exitCode = isSteady && hasSent ? 0 : 1

function inMb(bytes: number, width: number): string {
  return (bytes / BYTES_PER_MB).toFixed(1).padStart(width)
}

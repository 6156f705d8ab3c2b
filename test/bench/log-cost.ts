import { parseArgs } from 'node:util'

import { pinSelf } from '../../src/host/pinned-process.ts'
import { median, relativeSpread } from '../../src/stats/percentile.ts'
import { benchCpus } from './support/bench-cpus.ts'
import { NO_LAYERS } from './support/layer-cases.ts'
import { startMeasured } from './support/measured-server.ts'
import { askRaw, rawRequest, sendRaw } from './support/raw-load.ts'

/**
 * `npm run bench:logs`: the CPU time of a worker per request of a bare route with metrics and access log off, with each of
 * them, and with both; order ABBA, each in a process of its own after a warm-up. `--rounds N` (3), `--requests N` (60,000).
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, requests: { type: 'string', default: '60000' } },
})
const [rounds, requests] = [Number(values.rounds), Number(values.requests)]
const CONNECTIONS = 10
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`--rounds must be a whole number, got ${values.rounds}`)
if (!Number.isInteger(requests / CONNECTIONS) || requests < CONNECTIONS)
  throw new RangeError(`--requests must be a multiple of ${CONNECTIONS}, got ${values.requests}`)
const VARIANTS = {
  neither: {},
  metrics: { ENABLE_METRICS: 'true' },
  'access log': { LOG_LEVEL: 'info' },
  both: { ENABLE_METRICS: 'true', LOG_LEVEL: 'info' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>
const NAMES = Object.keys(VARIANTS) as (keyof typeof VARIANTS)[]
const LAYERED_APP = new URL('support/layered-app.ts', import.meta.url)
const REQUEST = rawRequest('/made')

async function microsecondsPerRequest(settings: Readonly<Record<string, string>>, cpu: number): Promise<number> {
  const server = await startMeasured(LAYERED_APP, { ...NO_LAYERS, ...settings }, cpu)
  try {
    const { body } = await askRaw(server.port, REQUEST)
    const load = { port: server.port, request: REQUEST, body }
    await sendRaw(load, requests, CONNECTIONS)
    const before = await server.cpuUs()
    await sendRaw(load, requests, CONNECTIONS)
    return ((await server.cpuUs()) - before) / requests
  } finally {
    await server.close()
  }
}

const cpus = benchCpus()
await pinSelf([cpus.generator])
const samples = new Map(NAMES.map((name) => [name, [] as number[]]))
for (let round = 0; round < rounds; round++) {
  for (const name of [...NAMES, ...NAMES.toReversed()]) {
    samples.get(name)?.push(await microsecondsPerRequest(VARIANTS[name], cpus.server))
  }
}
const base = median(samples.get('neither') ?? [])
for (const [name, times] of samples) {
  const here = median(times)
  const beyond =
    name === 'neither' ? '' : `, ${(here - base).toFixed(2)} µs more (${((here / base - 1) * 100).toFixed(1)} %)`
  console.log(
    `${name.padEnd(10)} median ${here.toFixed(2)} µs of CPU per request of ${times.length}, spread ${(relativeSpread(times) * 100).toFixed(1)} %${beyond}`,
  )
}

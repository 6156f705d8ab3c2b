import { once } from 'node:events'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'

import { forkPinned, pinSelf, stopProcess } from '../../src/host/pinned-process.ts'
import { STEADY_HEAP_FLAGS } from '../../src/host/process-entry.ts'
import { median, relativeSpread } from '../../src/stats/percentile.ts'
import { benchCpus } from './support/bench-cpus.ts'

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
  neither: [],
  metrics: ['metrics'],
  'access log': ['logs'],
  both: ['metrics', 'logs'],
} as const satisfies Readonly<Record<string, readonly string[]>>
const NAMES = Object.keys(VARIANTS) as (keyof typeof VARIANTS)[]
const REQUEST = 'GET /bare HTTP/1.1\r\nHost: a\r\n\r\n'

/** A small answer arrives in one piece, so that each piece is an answer. */
async function askOneAfterTheOther(port: number, count: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let left = count
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the server has closed a connection')))
    socket.on('data', () => {
      left--
      if (left === 0) resolve()
      else socket.write(REQUEST)
    })
    socket.write(REQUEST)
  })
  socket.destroy()
}

async function load(port: number, count: number): Promise<void> {
  await Promise.all(Array.from({ length: CONNECTIONS }, () => askOneAfterTheOther(port, count / CONNECTIONS)))
}

async function microsecondsPerRequest(args: readonly string[], cpu: number): Promise<number> {
  const entry = new URL('support/observed-app.ts', import.meta.url)
  const { child, output } = forkPinned(entry, { cpus: [cpu], args, execArgv: STEADY_HEAP_FLAGS })
  try {
    let port = 0
    while (port === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (child.exitCode !== null) throw new Error(`the server ended: ${output()}`)
      port = Number(/^\d+$/m.exec(output())?.[0] ?? 0)
    }
    const cpuTime = (): Promise<number> =>
      new Promise((resolve) => {
        const onMessage = (message: { readonly type: string; readonly microseconds: number }): void => {
          if (message.type !== 'cpu') return
          child.off('message', onMessage)
          resolve(message.microseconds)
        }
        child.on('message', onMessage)
        child.send('cpu')
      })
    await load(port, requests)
    const before = await cpuTime()
    await load(port, requests)
    return ((await cpuTime()) - before) / requests
  } finally {
    await stopProcess(child, { graceMs: 2_000 })
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

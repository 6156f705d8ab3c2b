import { parseArgs } from 'node:util'

import { pinSelf } from '../../src/host/pinned-process.ts'
import { median } from '../../src/stats/percentile.ts'
import type { BareAnswer } from './support/bare-app.ts'
import { benchCpus } from './support/bench-cpus.ts'
import type { RivalOptions } from './support/fastify-app.ts'
import { ALL_HIT, casesNamed, KEEP_ALIVE_MS, NO_LAYERS } from './support/layer-cases.ts'
import type { LayerCase } from './support/layer-cases.ts'
import { startMeasured } from './support/measured-server.ts'
import type { MeasuredServer } from './support/measured-server.ts'
import { rawRequest } from './support/raw-load.ts'
import type { RawAnswer } from './support/raw-load.ts'
import { measurePair, settledAnswer } from './support/server-pair.ts'
import type { Quad, SideUse } from './support/server-pair.ts'

/**
 * `npm run bench:layers`: what each layer of the server costs, and all of them together: requests per CPU second as a ratio
 * to a bare node:http server that sends the same bytes and headers, and for everything together also to the same features
 * put together from Fastify and its plugins. ABBA, one core for the server, the load from the other; each round in fresh
 * processes. `--rounds N` (3), `--requests N` of each block (20,000), `--only TEXT` cases whose name contains it.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '20000' },
    only: { type: 'string', default: '' },
  },
})
const CONNECTIONS = 50
const QUADS = 3
const [rounds, requests] = [wholeNumber('rounds', 1), wholeNumber('requests', CONNECTIONS)]
const BARE_BAR = 0.8
const BARE_AIM = 0.85
const FASTIFY_BAR = 1.1
/** Written by Node itself. */
const NODE_HEADERS = new Set(['date', 'connection', 'keep-alive'])

const RIVAL = 'all, hit, per Fastify'
const LAYERED_APP = new URL('support/layered-app.ts', import.meta.url)
const BARE_APP = new URL('support/bare-app.ts', import.meta.url)
const FASTIFY_APP = new URL('support/fastify-app.ts', import.meta.url)
const cpus = benchCpus()
let isRight = true
let isJudged = false

function wholeNumber(name: 'rounds' | 'requests', step: number): number {
  const number = Number(values[name])
  if (Number.isInteger(number / step) && number >= step) return number
  throw new RangeError(`--${name} must be a multiple of ${step}, got ${values[name]}`)
}

function ownHeaders({ headers }: RawAnswer): readonly string[] {
  return headers.filter((_, index) => !NODE_HEADERS.has((headers[index - (index % 2)] ?? '').toLowerCase()))
}

function bareLike(answer: RawAnswer): BareAnswer {
  const headers = ownHeaders(answer)
  const isText = !headers.includes('Content-Encoding')
  return { headers, bodyBase64: answer.body.toString('base64'), isText, keepAliveMs: KEEP_ALIVE_MS }
}

/** One round: our server with the settings of the case, and the server that `startOther` makes to be like its answer. */
async function round(
  { settings, path, isCompressed }: LayerCase,
  startOther: (answer: RawAnswer) => Promise<MeasuredServer>,
): Promise<readonly Quad[]> {
  const request = rawRequest(path, isCompressed === true ? ['Accept-Encoding: gzip, deflate, br'] : [])
  const subject = await startMeasured(LAYERED_APP, { ...NO_LAYERS, ...settings }, cpus.server)
  let other: MeasuredServer | undefined
  try {
    other = await startOther(await settledAnswer(subject, request))
    return await measurePair({ subject, other, request }, { requests, connections: CONNECTIONS, quads: QUADS })
  } finally {
    await Promise.all([subject.close(), other?.close()])
  }
}

function bareRound(layers: LayerCase): Promise<readonly Quad[]> {
  return round(layers, (answer) => startMeasured(BARE_APP, bareLike(answer), cpus.server))
}

/** Not compressed: Fastify's list of features has no compression. */
function rivalRound(layers: LayerCase): Promise<readonly Quad[]> {
  return round({ ...layers, isCompressed: false }, (answer) => {
    const options: RivalOptions = { headers: ownHeaders(answer), keepAliveMs: KEEP_ALIVE_MS }
    return startMeasured(FASTIFY_APP, options, cpus.server)
  })
}

/** How much more the subject does in the same time; above 1 it is the faster side. */
function ratios(quads: readonly Quad[], of: keyof SideUse): readonly number[] {
  return quads.map(({ subject, other }) => other[of] / subject[of])
}

function range(samples: readonly number[]): string {
  return `${median(samples).toFixed(3)} (${Math.min(...samples).toFixed(3)} to ${Math.max(...samples).toFixed(3)})`
}

function print(name: string, quads: readonly Quad[], note: string): void {
  const us = (side: 'subject' | 'other'): string =>
    median(quads.map((quad) => quad[side].cpuUsPerRequest))
      .toFixed(2)
      .padStart(9)
  const sender = Math.max(...quads.flatMap(({ subject, other }) => [subject.senderCpus, other.senderCpus]))
  console.log(
    `${name.padEnd(22)}${us('subject')}${us('other')}   ${range(ratios(quads, 'cpuUsPerRequest')).padEnd(24)}${range(ratios(quads, 'wallUsPerRequest')).padEnd(24)}${`${(sender * 100).toFixed(0)} %`.padStart(6)}   ${note}`,
  )
}

function judged(quads: readonly Quad[], bar: number, aim: number): string {
  const ratio = median(ratios(quads, 'cpuUsPerRequest'))
  isRight &&= ratio >= bar
  isJudged = true
  if (ratio < bar) return `MISSED: ${bar} wanted at least`
  return ratio < aim ? `held: ${bar} or more, ${aim} aimed at` : `held: ${aim} or more`
}

const wantedCases = casesNamed(values.only)
await pinSelf([cpus.generator])
const quadsOf = new Map<string, readonly Quad[]>()
const add = (name: string, quads: readonly Quad[]): void => {
  quadsOf.set(name, [...(quadsOf.get(name) ?? []), ...quads])
}
for (let current = 1; current <= rounds; current++) {
  for (const layers of wantedCases) {
    console.error(`round ${current} of ${rounds}: ${layers.name}`)
    add(layers.name, await bareRound(layers))
    if (layers.name === ALL_HIT) add(RIVAL, await rivalRound(layers))
  }
}
console.log(
  `${''.padEnd(22)}${'µs'.padStart(9)}${'other µs'.padStart(9)}   ${'per CPU second'.padEnd(24)}${'throughput'.padEnd(24)}${'sender'.padStart(6)}`,
)
for (const [name, quads] of quadsOf) {
  const note =
    name === RIVAL ? judged(quads, FASTIFY_BAR, FASTIFY_BAR) : name === ALL_HIT ? judged(quads, BARE_BAR, BARE_AIM) : ''
  print(name, quads, note)
}
if (!isJudged) console.log(`nothing is judged without the case "${ALL_HIT}"`)
process.exitCode = isRight && isJudged ? 0 : 1

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

import { block, compute } from './cpu-work.ts'
import { TtlMemory } from './ttl-memory.ts'

/** What a request costs. All that compute for it take some 10 ms, so that beside them the generator takes next to nothing. */
export const ORACLE_KINDS = [
  'cpu',
  'cpu-async',
  'cpu-blocking',
  'thread-pool',
  'memory',
  'upstream',
  'ttl-cache',
] as const
export type OracleKind = (typeof ORACLE_KINDS)[number]

/** Does the work of one request. */
export type Handler = () => void | Promise<void>

/** Of which a worker of kind `memory` needs so much all the time. */
const BALLAST_MIB = 256
const BYTES_PER_MIB = 2 ** 20

const GZIP_LINES = 16_000

const CACHED_KEYS = 100
const TTL_MS = 2_000

/** Tells a worker where the upstream is that all of them share. */
const UPSTREAM_PORT = 'UPSTREAM_PORT'

/**
 * Starts what all workers share.
 *
 * @returns what is added to the environment of each
 */
export async function startShared(kind: OracleKind): Promise<Readonly<Record<string, string>>> {
  if (kind !== 'upstream') return {}
  const [port] = (await once(fork(new URL('slow-upstream.ts', import.meta.url)), 'message')) as [number] // what it tells
  return { [UPSTREAM_PORT]: String(port) }
}

/** What a worker of this kind does for each request; what it needs for that is there when this returns. */
export function handlerOf(kind: OracleKind): Handler {
  switch (kind) {
    case 'cpu':
      return () => compute(10)
    case 'cpu-async':
      return async () => {
        compute(10)
        await after(100)
      }
    case 'cpu-blocking':
      return computeAndBlock
    case 'memory':
      return withBallast(computeAndBlock)
    case 'thread-pool':
      return compressor()
    case 'upstream':
      return upstreamCaller(Number(process.env[UPSTREAM_PORT]))
    case 'ttl-cache':
      return cachedWork()
  }
}

/** 1 : 4, so that five workers fill a CPU. */
function computeAndBlock(): void {
  compute(10)
  block(40)
}

function withBallast(handler: () => void): Handler {
  const ballast = Buffer.alloc(BALLAST_MIB * BYTES_PER_MIB, 'ballast') // written to: memory that was not is not used
  return () => {
    handler()
    ballast.writeInt8(1, 0)
  }
}

/** About 12 ms of CPU time in the thread pool; the event loop has nothing to do. */
function compressor(): Handler {
  const lines = Array.from({ length: GZIP_LINES }, (_, line) => `row ${line}, ${(line * 2_654_435_761) % 2 ** 32}`)
  const body = Buffer.from(lines.join('\n'))
  const compress = promisify(gzip)
  return async () => void (await compress(body))
}

function upstreamCaller(port: number): Handler {
  const agent = new Agent({ keepAlive: true })
  return async () => {
    compute(4)
    await new Promise<void>((resolve, reject) => {
      get({ agent, port, host: '127.0.0.1' }, (answer) => answer.resume().once('end', resolve)).once('error', reject)
    })
  }
}

/** The more workers share the requests, the rarer each key comes to one of them, and the more often it is computed anew. */
function cachedWork(): Handler {
  const memory = new TtlMemory(TTL_MS)
  return () => {
    const key = Math.floor(Math.random() * CACHED_KEYS)
    if (!memory.knows(key, performance.now())) compute(20)
    compute(2)
    block(8)
  }
}

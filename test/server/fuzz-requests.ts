import { seededRandom } from '../../src/core/random.ts'
import type { Random } from '../../src/core/random.ts'
import { BODIES, FITTING, LENGTHS, QUERIES, STRANGERS, TAME, WILD } from './fuzz-words.ts'
import type { Words } from './fuzz-words.ts'

/** What is sent on one connection, and how. */
export interface FuzzedRequest {
  /** Sent one after the other, in writes of their own. */
  readonly pieces: readonly Buffer[]
  /** `answer`: the client waits a little for one before it ends. `end`: it ends at once. `reset`: it is gone. */
  readonly ending: 'answer' | 'end' | 'reset'
}

const ENDINGS = ['reset', 'end', ...Array.from({ length: 10 }, () => 'answer' as const)] as const

/**
 * Something that a client could send to a server of ours, the same for the same seed: requests with strange parts, broken
 * ones, several on one connection, and what is no HTTP.
 */
export function fuzzedRequest(seed: number): FuzzedRequest {
  const random = seededRandom(seed)
  const bytes = fuzzedBytes(random)
  const cuts = chance(random, 0.3)
    ? [below(random, bytes.length + 1), below(random, bytes.length + 1)].sort(ascending)
    : []
  const edges = [0, ...cuts, bytes.length]
  const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
  return { pieces, ending: one(random, ENDINGS) }
}

function fuzzedBytes(random: Random): Buffer {
  const kind = random()
  if (kind < 0.5) return tame(random)
  if (kind < 0.6) return wild(random)
  if (kind < 0.8) return mutated(random, tame(random))
  if (kind < 0.88) {
    const whole = tame(random)
    return whole.subarray(0, below(random, whole.length))
  }
  if (kind < 0.96) return Buffer.concat(Array.from({ length: 2 + below(random, 9) }, () => tame(random)))
  return chance(random, 0.7) ? one(random, STRANGERS) : noise(random, 1 + below(random, 400))
}

function tame(random: Random): Buffer {
  const line = chance(random, 0.6) ? one(random, FITTING) : strangeLine(random, TAME)
  const body = line.startsWith('POST') || chance(random, 0.1) ? one(random, BODIES) : Buffer.alloc(0)
  const isChunked = chance(random, 0.2)
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`
  return request(random, TAME, {
    line: `${line} HTTP/1.1`,
    framing: body.length === 0 ? [] : [framing],
    body: body.length > 0 && isChunked ? chunked(random, body) : body,
  })
}

function wild(random: Random): Buffer {
  const version = chance(random, 0.8) ? 'HTTP/1.1' : one(random, ['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'http/1.1', ''])
  const [framing, body] = framedBody(random, one(random, BODIES))
  const many = chance(random, 0.05) ? Array.from({ length: 2_100 }, (_, index) => `X-${index}: v`) : []
  return request(random, WILD, {
    line: `${strangeLine(random, WILD)} ${version}`,
    framing: [...framing, ...many],
    body,
  })
}

function strangeLine(random: Random, { methods, paths }: Words): string {
  return `${one(random, methods)} ${one(random, paths)}${one(random, QUERIES)}`
}

function request(
  random: Random,
  words: Words,
  { line, framing, body }: { readonly line: string; readonly framing: readonly string[]; readonly body: Buffer },
): Buffer {
  const lines = Array.from({ length: below(random, 6) }, () => one(random, words.headers))
  if (words === TAME || chance(random, 0.9)) lines.unshift('Host: 127.0.0.1')
  return Buffer.concat([Buffer.from(`${[line, ...lines, ...framing].join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

/** The lines that tell how long a body is, and the body; some are wrong. */
function framedBody(random: Random, body: Buffer): readonly [readonly string[], Buffer] {
  const kind = random()
  if (kind < 0.5) return [body.length === 0 ? [] : [`Content-Length: ${body.length}`], body]
  if (kind < 0.75) return [['Transfer-Encoding: chunked'], chunked(random, body)]
  if (kind < 0.85) return [[`Content-Length: ${below(random, 2 * body.length + 2)}`], body]
  if (kind < 0.92) return [[`Content-Length: ${one(random, LENGTHS)}`], body]
  if (kind < 0.96) return [[`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'], chunked(random, body)]
  return [
    [
      `Transfer-Encoding: ${one(random, ['xchunked', 'gzip, chunked', 'chunked, chunked', ' chunked', '\u000bchunked'])}`,
    ],
    body,
  ]
}

function chunked(random: Random, body: Buffer): Buffer {
  const size = 1 + below(random, Math.max(1, body.length))
  const parts: Buffer[] = []
  for (let from = 0; from < body.length; from += size) {
    const chunk = body.subarray(from, from + size)
    const length = chance(random, 0.03)
      ? one(random, ['-1', 'g', 'ffffffffffffffff', '', '0x5'])
      : chunk.length.toString(16)
    const extension = chance(random, 0.1) ? one(random, [';a=b', ';', ';a="b', `;${'e'.repeat(2_000)}`]) : ''
    parts.push(Buffer.from(`${length}${extension}\r\n`), chunk, Buffer.from(chance(random, 0.98) ? '\r\n' : '\n'))
  }
  const end = chance(random, 0.9)
    ? '0\r\n\r\n'
    : one(random, ['', '0\r\n', '0\r\nX-After: 1\r\n\r\n', '0\r\nContent-Length: 5\r\n\r\n'])
  return Buffer.concat([...parts, Buffer.from(end)])
}

/** A few bytes are replaced, left out or put in. */
function mutated(random: Random, whole: Buffer): Buffer {
  let bytes = whole
  for (let left = 1 + below(random, 6); left > 0; left--) {
    const at = below(random, Math.min(bytes.length, 600))
    const put = chance(random, 0.5)
      ? noise(random, 1)
      : Buffer.from(one(random, ['\r', '\n', '\0', ' ', ':', '\r\n', '%', '\u007f']))
    const kind = random()
    const before = bytes.subarray(0, at)
    if (kind < 0.4) bytes = Buffer.concat([before, put, bytes.subarray(at + 1)])
    else if (kind < 0.7) bytes = Buffer.concat([before, bytes.subarray(at + 1 + below(random, 4))])
    else bytes = Buffer.concat([before, put, bytes.subarray(at)])
  }
  return bytes
}

function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => below(random, 256)))
}

function one<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)] as T // within bounds, and no list here is empty
}

function below(random: Random, bound: number): number {
  return Math.floor(random() * bound)
}

function chance(random: Random, probability: number): boolean {
  return random() < probability
}

function ascending(left: number, right: number): number {
  return left - right
}

import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib'

import { bodyBytes } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { LayerCounts } from '../metrics/layer-counts.ts'
import type { CompressionOptions } from '../options/compression.ts'
import type { Middleware } from '../pipeline.ts'
import { chooseEncoding } from './encoding.ts'
import type { Encoding } from './encoding.ts'

/** The size of libuv's thread pool: more at once would only pile up memory. */
const MAX_CONCURRENT = 4
/** Fast levels: an answer is compressed while its client waits. */
const BROTLI_QUALITY = 4
const ZSTD_LEVEL = 3

const COMPRESSIBLE_TYPE = /^(?:text\/|application\/json)/

type Compress = (body: Buffer) => Promise<Buffer>

/**
 * Compresses text and JSON for clients that accept it. The compressed form of an answer is kept as long as the answer
 * itself, so that a cached answer is compressed once. When all compressors are busy an answer goes out as it is.
 *
 * @param counts gets what each compression brought, and why others were not made
 */
export function compression(
  { minBytes, gzipLevel }: CompressionOptions,
  counts: LayerCounts['compression'],
): Middleware {
  const compressors = compressorsOf(gzipLevel)
  const variants = new WeakMap<Answer, Map<Encoding, Promise<Answer>>>()
  let running = 0

  const variantOf = (answer: Answer, encoding: Encoding): Answer | Promise<Answer> => {
    const known = variants.get(answer)?.get(encoding)
    if (known !== undefined) return known
    if (running >= MAX_CONCURRENT) {
      counts.skipped.busy++
      return answer
    }
    running++
    const variant = compressors[encoding](Buffer.from(answer.body))
      .then((body) => {
        const plainBytes = bodyBytes(answer)
        if (body.length >= plainBytes) {
          counts.skipped.not_smaller++
          return answer
        }
        counts.inputBytes += plainBytes
        counts.outputBytes += body.length
        return encoded(answer, inOwnMemory(body), encoding)
      })
      // Out of memory, most likely; the plain answer is as right.
      .catch(() => answer)
      .finally(() => running--)
    const kept = variants.get(answer) ?? new Map<Encoding, Promise<Answer>>()
    variants.set(answer, kept.set(encoding, variant))
    return variant
  }

  return (context, next) => {
    const finish = (answer: Answer): Answer | Promise<Answer> => {
      if (!COMPRESSIBLE_TYPE.test(answer.contentType) || bodyBytes(answer) < minBytes) return answer
      // Also on plain answers: what a client gets depends on the header either way.
      context.headers.push('Vary', 'Accept-Encoding')
      const encoding = chooseEncoding(context.request.headers['accept-encoding']?.toString())
      if (encoding === undefined) counts.skipped.not_accepted++
      return encoding === undefined || context.request.method === 'HEAD' ? answer : variantOf(answer, encoding)
    }
    const answer = next(context)
    return answer instanceof Promise ? answer.then(finish) : finish(answer)
  }
}

function compressorsOf(gzipLevel: number): Readonly<Record<Encoding, Compress>> {
  const [gzipAsync, brotliAsync, zstdAsync] = [promisify(gzip), promisify(brotliCompress), promisify(zstdCompress)]
  return {
    gzip: (body) => gzipAsync(body, { level: gzipLevel }),
    br: (body) => brotliAsync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
    zstd: (body) => zstdAsync(body, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } }),
  }
}

/** What zlib gives is a piece of a block of 64 KiB, all of which would live as long as a cached answer. */
function inOwnMemory(piece: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(piece.length)
  piece.copy(own)
  return own
}

function encoded(answer: Answer, body: Buffer, encoding: Encoding): Answer {
  return { ...answer, body, headers: [...(answer.headers ?? []), 'Content-Encoding', encoding] }
}

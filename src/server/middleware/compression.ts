import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib'

import type { Pressure } from '../../resilience/pressure.ts'
import { bodyBytes } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { LayerCounts } from '../metrics/layer-counts.ts'
import type { CompressionOptions } from '../options/compression.ts'
import type { Middleware } from '../pipeline.ts'
import type { RequestContext } from '../request-context.ts'
import { isCompressible, maySpeakOfSecrets } from './compressible.ts'
import { chooseEncoding } from './encoding.ts'
import type { Encoding } from './encoding.ts'

/** The size of libuv's thread pool unless UV_THREADPOOL_SIZE says otherwise. */
const DEFAULT_THREADS = 4
/** Fast levels: an answer is compressed while its client waits. */
const BROTLI_QUALITY = 4
const ZSTD_LEVEL = 3

type Compress = (body: Buffer) => Promise<Buffer>
/** An answer as it is sent, or is going to be. */
type Variant = Answer | Promise<Answer>

/**
 * Compresses text and JSON for clients that accept it. The compressed form of an answer is kept as long as the answer
 * itself, so that a cached answer is compressed once. When all compressors are busy an answer goes out as it is, and likewise
 * under pressure.
 *
 * Secrets are not compressed together with what a request says, because the size would tell them byte by byte, also to who
 * can only make a browser ask (BREACH): answers of routes that are marked, and those to requests with credentials and a
 * query or a body.
 *
 * @param counts gets what each compression brought, and why others were not made
 * @param pressure answers are sent plain while there is any
 * @see https://breachattack.com
 */
export function compression(
  { minBytes, gzipLevel }: CompressionOptions,
  counts: LayerCounts['compression'],
  pressure?: Pressure,
): Middleware {
  const compressors = compressorsOf(gzipLevel)
  const maxConcurrent = Number(process.env['UV_THREADPOOL_SIZE'] ?? DEFAULT_THREADS) || DEFAULT_THREADS
  const variants = new WeakMap<Answer, Map<Encoding, Variant>>()
  let running = 0

  const compress = async (answer: Answer, encoding: Encoding): Promise<Answer> => {
    running++
    try {
      const body = await compressors[encoding](Buffer.from(answer.body))
      const plainBytes = bodyBytes(answer)
      if (body.length >= plainBytes) {
        counts.skipped.not_smaller++
        return answer
      }
      counts.inputBytes += plainBytes
      counts.outputBytes += body.length
      return encoded(answer, inOwnMemory(body), encoding)
    } catch {
      // Out of memory, most likely; the plain answer is as right.
      return answer
    } finally {
      running--
    }
  }

  const makeVariant = (answer: Answer, encoding: Encoding, kept = new Map<Encoding, Variant>()): Variant => {
    const obstacle = running >= maxConcurrent ? 'busy' : pressure?.reason === undefined ? undefined : 'pressure'
    if (obstacle !== undefined) {
      counts.skipped[obstacle]++
      return answer
    }
    // As it is once it is there: what waits for a promise, though it has settled, costs several times as much.
    const variant = compress(answer, encoding).then((made) => {
      kept.set(encoding, made)
      return made
    })
    variants.set(answer, kept.set(encoding, variant))
    return variant
  }

  const finish = (answer: Answer, context: RequestContext): Variant => {
    const kept = variants.get(answer)
    // What was compressed before is known to be compressible.
    if (context.route.isSecret === true || (kept === undefined && !isCompressible(answer, minBytes))) return answer
    // Also on plain answers: what a client gets depends on the header either way.
    context.headers.push('Vary', 'Accept-Encoding')
    if (answer.status === 304) return answer
    const encoding = chooseEncoding(context.request.headers['accept-encoding']?.toString())
    if (encoding === undefined) counts.skipped.not_accepted++
    if (encoding === undefined || context.request.method === 'HEAD') return answer
    if (!maySpeakOfSecrets(context, answer)) return kept?.get(encoding) ?? makeVariant(answer, encoding, kept)
    counts.skipped.secret++
    return answer
  }

  return (context, next) => {
    const answer = next(context)
    return answer instanceof Promise ? answer.then((settled) => finish(settled, context)) : finish(answer, context)
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

/** An ETag that promises the same bytes would be wrong for the variant; one that promises the same meaning is not. */
function encoded(answer: Answer, body: Buffer, encoding: Encoding): Answer {
  const headers = (answer.headers ?? []).map((text, index, all) =>
    index % 2 === 1 && all[index - 1]?.toLowerCase() === 'etag' && text.startsWith('"') ? `W/${text}` : text,
  )
  return { ...answer, body, headers: [...headers, 'Content-Encoding', encoding] }
}

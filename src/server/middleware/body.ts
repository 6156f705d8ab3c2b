import { clientGone, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Middleware, Next } from '../pipeline.ts'
import type { RequestContext } from '../request-context.ts'
import { BODY_ENCODINGS, bodyEncoding, decodeBody, MAX_BODY_GROWTH } from './decode-body.ts'
import type { BodyEncoding } from './decode-body.ts'

/**
 * Reads the body of a POST, at most `maxBytes` of it: refused as soon as more has come; a length that is announced is refused by
 * the guard before. The same holds for what comes out of a compressed one. Bodies of other methods are not read.
 */
export function readBody(maxBytes: number): Middleware {
  const readFirst = async (context: RequestContext, encoding: BodyEncoding | null, next: Next): Promise<Answer> => {
    const read = await collect(context, maxBytes)
    if (read === 'too large') return closing(context, tooLarge(maxBytes))
    if (read === 'broken off') return clientGone()
    const body = encoding === null || read.length === 0 ? read : await decodeBody(read, encoding, maxBytes)
    if (body === 'too large') return tooLarge(maxBytes)
    if (body === 'grows too much') return growsTooMuch()
    if (body === 'damaged') return refusal(400, 'bad_request', { detail: `the body is no ${String(encoding)} data` })
    context.body = body
    return next(context)
  }
  return (context, next) => {
    const { headers } = context.request
    if (context.route.method === 'GET' || context.isBodyRead) return next(context)
    const encoding = bodyEncoding(headers['content-encoding'])
    if (encoding === undefined) return closing(context, unknownEncoding())
    if (context.expectsContinue) context.response.writeContinue()
    return readFirst(context, encoding, next)
  }
}

function collect({ request }: RequestContext, maxBytes: number): Promise<Buffer | 'too large' | 'broken off'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes <= maxBytes) return void chunks.push(chunk)
      request.off('data', onData)
      resolve('too large')
    }
    request.on('data', onData)
    request.once('end', () => {
      const [first = Buffer.alloc(0)] = chunks
      resolve(chunks.length > 1 ? Buffer.concat(chunks) : first)
    })
    request.once('error', () => resolve('broken off'))
    // Its client may have gone while other layers took their time, and then nothing more is told.
    if (request.destroyed) resolve('broken off')
  })
}

/** What is said of a body of more than `maxBytes`. */
export function tooLarge(maxBytes: number): Answer {
  return refusal(413, 'body_too_large', { detail: `the body is larger than ${maxBytes} bytes` })
}

function growsTooMuch(): Answer {
  return refusal(413, 'body_too_large', { detail: `the body grows to more than ${MAX_BODY_GROWTH} times its size` })
}

function unknownEncoding(): Answer {
  return refusal(415, 'unsupported_encoding', {
    detail: `a body may be encoded once, in ${BODY_ENCODINGS.join(', ')}`,
    headers: ['Accept-Encoding', BODY_ENCODINGS.join(', ')],
  })
}

/** The rest of the body is thrown away and the connection closed: it cannot be used for another request. */
export function closing({ request }: RequestContext, answer: Answer): Answer {
  request.resume()
  return { ...answer, headers: [...(answer.headers ?? []), 'Connection', 'close'] }
}

import { clientGone, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Middleware, Next } from '../pipeline.ts'
import type { RequestContext } from '../request-context.ts'

/** Reads the body of a POST, at most `maxBytes` of it: refused by its announced length, or as soon as more has come. */
export function readBody(maxBytes: number): Middleware {
  const readFirst = async (context: RequestContext, next: Next): Promise<Answer> => {
    const body = await collect(context, maxBytes)
    if (body === 'too large') return tooLarge(context, maxBytes)
    if (body === 'broken off') return clientGone()
    context.body = body
    return next(context)
  }
  return (context, next) => {
    if (context.route.method === 'GET') return next(context)
    const announced = Number(context.request.headers['content-length'] ?? 0)
    if (announced > maxBytes) return tooLarge(context, maxBytes)
    if (context.expectsContinue) context.response.writeContinue()
    return readFirst(context, next)
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
  })
}

/** The rest of the body is thrown away and the connection closed: it cannot be used for another request. */
function tooLarge({ request }: RequestContext, maxBytes: number): Answer {
  request.resume()
  return refusal(413, 'body_too_large', {
    detail: `the body is larger than ${maxBytes} bytes`,
    headers: ['Connection', 'close'],
  })
}

import type { RequestListener } from 'node:http'

/** A listener that counts its calls. */
export type CountingListener = RequestListener & { calls: number }

/** Answers 200 with JSON. */
export const right: RequestListener = (_request, response) => void response.end('{"text":"right"}')

/** Answers with this status, and an empty object. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (_request, response) => void response.writeHead(code, headers).end('{}')
}

/** Does what the listeners say, one call after the other, the last one for ever after. */
export function inTurn(...listeners: readonly RequestListener[]): CountingListener {
  const each: CountingListener = Object.assign(
    (...[request, response]: Parameters<RequestListener>) => {
      const listener = listeners[Math.min(each.calls++, listeners.length - 1)]
      listener?.(request, response)
    },
    { calls: 0 },
  )
  return each
}

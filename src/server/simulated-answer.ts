import type { ServerResponse } from 'node:http'

/** Time between two bytes of an answer that drips. */
const DRIP_MS = 200

/** Answers with `value` as JSON. */
export function send(response: ServerResponse, status: number, value: unknown): void {
  response.end(begin(response, status, value))
}

/** Answers 200 and then byte by byte, so that headers are there at once, the pauses are short, and the end is far away. */
export function drip(response: ServerResponse, value: unknown): void {
  const body = begin(response, 200, value)
  let sent = 0
  const timer = setInterval(() => {
    response.write(body.subarray(sent, ++sent))
    if (sent === body.length) response.end()
  }, DRIP_MS)
  response.once('close', () => clearInterval(timer))
}

/** Announces the whole answer, sends half of it, and closes the connection. */
export function truncate(response: ServerResponse, value: unknown): void {
  const body = begin(response, 200, value)
  response.write(body.subarray(0, body.length / 2), () => response.destroy())
}

/** Sends the headers with the next write; gives the body. */
function begin(response: ServerResponse, status: number, value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length })
  return body
}

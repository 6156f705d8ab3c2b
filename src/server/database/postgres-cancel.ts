import { connect } from 'node:net'

import type { Clock, Milliseconds } from '../../core/clock.ts'

/** Which query is to be stopped: the server's process and the secret that it gave to whoever started it. */
export interface CancelKey {
  readonly host: string
  readonly port: number
  readonly processId: number
  readonly secretKey: number
}

/** @see PostgreSQL documentation, "Message Formats", CancelRequest */
const CANCEL_REQUEST_CODE = 80_877_102
const CANCEL_REQUEST_BYTES = 16
const TIMEOUT_MS: Milliseconds = 1_000

/**
 * Asks a PostgreSQL server to stop a query. It gives no answer: the query fails soon, or was over already.
 *
 * Resolves when the server has acted on it, so that the request cannot hit the next query; never rejects.
 */
export function requestCancel({ host, port, processId, secretKey }: CancelKey, clock: Clock): Promise<void> {
  const message = Buffer.alloc(CANCEL_REQUEST_BYTES)
  for (const [index, word] of [CANCEL_REQUEST_BYTES, CANCEL_REQUEST_CODE, processId, secretKey].entries()) {
    message.writeInt32BE(word, index * 4)
  }
  return new Promise((resolve) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
    const stopWaiting = clock.schedule(TIMEOUT_MS, () => socket.destroy())
    socket.once('close', () => {
      stopWaiting()
      resolve()
    })
    // It closes next.
    socket.on('error', () => undefined)
    socket.write(message)
    socket.resume()
  })
}

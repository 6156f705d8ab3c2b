import { once } from 'node:events'
import { connect as connectPlain, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'

import type { Milliseconds } from '../core/clock.ts'
import { messageOf, TargetError } from '../core/errors.ts'

/** A dead address must be told within 2 s; this leaves time to start tune itself. */
const PATIENCE_MS: Milliseconds = 1_200

/**
 * Opens one connection and closes it again, so that a dead target is told before anything is measured. No request is sent: it
 * would count at the target.
 *
 * @param insecure a certificate that cannot be verified is accepted
 * @throws {TargetError} when nothing accepts the connection, or the certificate is not trusted
 */
export async function assertReachable(url: URL, insecure: boolean): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const isTls = url.protocol === 'https:'
  const serverName = isIP(host) > 0 ? {} : { servername: host }
  const socket = isTls
    ? connectTls({ host, port, rejectUnauthorized: !insecure, ...serverName })
    : connectPlain({ host, port })
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch (error) {
    throw unreachable(url, error)
  } finally {
    socket.destroy()
  }
}

function unreachable(url: URL, error: unknown): TargetError {
  const { code = '' } = error as { readonly code?: string } // node puts a code on connection errors
  if (/CERT|SELF_SIGNED/.test(code)) {
    return new TargetError(`the certificate of ${url.host} is not trusted (${code})`, {
      cause: error,
      hint: 'for a test certificate add --insecure',
    })
  }
  const why = code === 'ABORT_ERR' ? `no answer within ${PATIENCE_MS / 1_000} s` : messageOf(error)
  return new TargetError(`nothing answers at ${url.origin}: ${why}`, {
    cause: error,
    hint: 'start the server first, and check host and port of --url',
  })
}

import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'

/** Where a connection leads to. */
export interface ServerAddress {
  readonly origin: URL
  /** Takes certificates that nobody vouches for. */
  readonly insecure: boolean
}

/**
 * Begins a connection without delays for small pieces.
 *
 * @param onOpen it can be written to; with TLS the certificate is right by then
 */
export function openSocket({ origin, insecure }: ServerAddress, onOpen: () => void): Socket {
  const isSecure = origin.protocol === 'https:'
  const host = origin.hostname.replace(/^\[(.*)\]$/, '$1')
  const address = { host, port: Number(origin.port) || (isSecure ? 443 : 80), noDelay: true }
  if (!isSecure) return connectPlain(address).once('connect', onOpen)
  const name = isIP(host) === 0 ? { servername: host } : {}
  return connectSecure({ ...address, ...name, rejectUnauthorized: !insecure }).once('secureConnect', onOpen)
}

import { once } from 'node:events'
import { connect, createServer } from 'node:net'

import type { Milliseconds } from '../core/clock.ts'
import { httpOrigin } from '../core/http-origin.ts'
import { TargetError } from '../core/errors.ts'

/** A server of this machine may listen on either only. */
const LOOPBACK = ['127.0.0.1', '::1'] as const
const CONNECT_PATIENCE_MS: Milliseconds = 1_000

/**
 * Makes sure that the port is free, so that what answers there later is what was started.
 *
 * @param wanted 0 takes any free port
 * @returns the port
 * @throws {TargetError} when something listens there already
 */
export async function freePort(wanted: number): Promise<number> {
  const port = (await listenBriefly(wanted, '::')) ?? (await listenBriefly(wanted, '0.0.0.0'))
  // Not ours to open, or no network as we know it: the command will tell.
  return port ?? wanted
}

/** Undefined when this machine does not let us listen on that address. */
async function listenBriefly(port: number, host: string): Promise<number | undefined> {
  const probe = createServer()
  try {
    probe.listen({ port, host, exclusive: true })
    await once(probe, 'listening')
    const address = probe.address()
    return typeof address === 'object' && address !== null ? address.port : undefined
  } catch (error) {
    const { code } = error as { readonly code?: string } // node puts a code on errors of listen
    if (code !== 'EADDRINUSE') return undefined
    throw new TargetError(`port ${port} is taken: something listens there before the command is started`, {
      cause: error,
      hint: 'stop that server, give another --port, or --port 0 with {port} in --cmd or --env',
    })
  } finally {
    probe.close()
  }
}

/** The origin at which a server of this machine accepts connections on the port; undefined while none does. */
export async function listeningOrigin(port: number): Promise<string | undefined> {
  for (const host of LOOPBACK) {
    if (await accepts(host, port)) return httpOrigin(host, port)
  }
  return undefined
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_PATIENCE_MS) })
    // A port out of the range for clients may connect to itself while nobody listens.
    return socket.localPort !== port
  } catch {
    return false // not yet
  } finally {
    socket.destroy()
  }
}

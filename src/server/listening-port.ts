import { createServer } from 'node:net'

import { messageOf, TargetError } from '../core/errors.ts'

/** Where a server is to listen; port 0 takes any free one. */
export interface ListeningAddress {
  readonly host: string
  readonly port: number
}

/**
 * Finds out before any worker is started whether the port can be had, and which one it is when any will do.
 *
 * @throws {TargetError} when it cannot
 */
export async function findPort(address: ListeningAddress): Promise<number> {
  try {
    return await probe(address)
  } catch (error) {
    throw new TargetError(listenProblem(error, address), {
      hint: 'choose another SERVER_PORT (0 takes any free port) or SERVER_HOST',
      cause: error,
    })
  }
}

function probe({ host, port }: ListeningAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}

/** Why nobody can listen there, in words. */
export function listenProblem(error: unknown, { host, port }: ListeningAddress): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is taken`
  if (code === 'EACCES') return `port ${port} on ${host} may not be opened by this user`
  return `it cannot listen on ${host}:${port} (${messageOf(error)})`
}

import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** One request as a behaviour sees it. */
export interface RawExchange {
  readonly socket: Socket
  /** Of all requests of the server, from 1. */
  readonly number: number
  readonly method: string
  readonly path: string
}

export type Behaviour = (exchange: RawExchange) => void

/** A running server and what it has seen. */
export interface MisbehavingServer {
  readonly origin: string
  readonly requests: () => number
  readonly connections: () => number
  readonly close: () => Promise<void>
}

const GOOD = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

/** What servers do to their clients, each as bytes on a socket. */
export const behaviours = {
  answers: ({ socket }) => socket.write(GOOD),
  'closes after each answer without a word': ({ socket }) => socket.end(GOOD),
  'announces Connection: close': ({ socket }) =>
    socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'),
  'resets the connection at every 5th request': ({ socket, number }) =>
    number % 5 === 0 ? socket.resetAndDestroy() : socket.write(GOOD),
  'sends half a body and closes': ({ socket }) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf.'),
  'sends half a chunked body and closes': ({ socket }) =>
    socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhalf.\r\n'),
  'announces Connection: close and half a body': ({ socket }) =>
    socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\nhalf.'),
  'announces Connection: close and half a chunked body': ({ socket }) =>
    socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhalf.\r\n'),
  'never answers every 4th request': ({ socket, number }) => number % 4 !== 0 && socket.write(GOOD),
  'stops in the middle of every 4th body': ({ socket, number }) =>
    socket.write(number % 4 === 0 ? GOOD.slice(0, -1) : GOOD),
  'sends 103 Early Hints first': ({ socket }) => {
    socket.write('HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n')
    setImmediate(() => socket.write(GOOD))
  },
  'answers HEAD with a length and no body': ({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n'),
  'answers HEAD without a length': ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nserver: test\r\n\r\n'),
  'answers 304 with a length': ({ socket }) => socket.write('HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n'),
  'ends the body with the connection': ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\nbody of un')
    setImmediate(() => socket.end('known length'))
  },
  'does not speak HTTP': ({ socket }) => socket.write('220 mail.example ESMTP ready\r\n\r\n'),
  'sends answers nobody asked for': ({ socket }) => socket.write(GOOD + GOOD),
  'sends a chunked body in many pieces': ({ socket }) => {
    const pieces = ['HTTP/1.1 200 OK\r\ntransfer-enc', 'oding: chunked\r\n\r\n6\r\nneed', 'le\r\n', '0\r\n\r\n']
    const send = (index: number): void => {
      if (index < pieces.length) socket.write(String(pieces[index]), () => setImmediate(send, index + 1))
    }
    send(0)
  },
  'drips a byte every 5 ms': ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n')
    const drip = (left: number): void => {
      if (left === 0 || socket.destroyed) return
      setTimeout(() => {
        socket.write('.')
        drip(left - 1)
      }, 5)
    }
    drip(20)
  },
} satisfies Record<string, Behaviour>

/** A server that treats each request as `behave` says. Understands requests without a body only. Port 0 is a free one. */
export async function startMisbehavingServer(behave: Behaviour, port = 0): Promise<MisbehavingServer> {
  let requests = 0
  let connections = 0
  const server = createServer({ noDelay: true }, (socket) => {
    connections++
    let text = ''
    socket.on('error', () => undefined) // clients that give up reset
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const [method = '', path = ''] = text.slice(0, end).split(' ')
        text = text.slice(end + 4)
        behave({ socket, number: ++requests, method, path })
      }
    })
  })
  return running(server, port, {
    requests: () => requests,
    connections: () => connections,
  })
}

/** Node's own server with a cap of requests per connection: it closes at the last one, and answers 503 beyond. */
export async function startCappedServer(maxRequestsPerSocket: number): Promise<MisbehavingServer> {
  let requests = 0
  let connections = 0
  const server = createHttpServer((_request, response) => {
    requests++
    response.end('ok')
  })
  server.maxRequestsPerSocket = maxRequestsPerSocket
  server.on('connection', () => connections++)
  return running(server, 0, {
    requests: () => requests,
    connections: () => connections,
  })
}

/** An address at which nobody listens. */
export async function refusedOrigin(): Promise<string> {
  const server = await startMisbehavingServer(behaviours.answers)
  await server.close()
  return server.origin
}

async function running(
  server: Server,
  port: number,
  seen: Pick<MisbehavingServer, 'requests' | 'connections'>,
): Promise<MisbehavingServer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listens on TCP
    ...seen,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

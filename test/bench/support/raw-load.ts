import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** One answer as it came. */
export interface RawAnswer {
  readonly status: number
  /** Names and values in turn, in their order. */
  readonly headers: readonly string[]
  readonly body: Buffer
}

/** What is sent again and again, and what each answer must end with. */
export interface RawLoad {
  readonly port: number
  readonly request: string
  readonly body: Buffer
}

const RIGHT_START = Buffer.from('HTTP/1.1 200 ')
const HEAD_END = '\r\n\r\n'

/** A GET of this path as a browser's client would send it, without the headers that no server here reads. */
export function rawRequest(path: string, headers: readonly string[] = []): string {
  return [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'User-Agent: bench', 'Accept: */*', ...headers, '', ''].join(
    '\r\n',
  )
}

/** The last of `count` answers to the same request on one connection. A small answer arrives in one piece. */
export async function askRaw(port: number, request: string, count = 1): Promise<RawAnswer> {
  const socket = await open(port)
  try {
    let answer: Buffer = Buffer.alloc(0)
    for (let asked = 0; asked < count; asked++) {
      socket.write(request)
      const [piece] = (await once(socket, 'data')) as [Buffer]
      answer = piece
    }
    return parse(answer)
  } finally {
    socket.destroy()
  }
}

/**
 * Sends `count` requests on as many connections as are asked for, each of which waits for its answer before it sends the
 * next. This process must be the faster side.
 *
 * @param count a multiple of `connections`
 * @throws when an answer is not the expected one
 */
export async function sendRaw(load: RawLoad, count: number, connections: number): Promise<void> {
  await Promise.all(Array.from({ length: connections }, () => sendOneAfterTheOther(load, count / connections)))
}

async function sendOneAfterTheOther({ port, request, body }: RawLoad, count: number): Promise<void> {
  const socket = await open(port)
  let left = count
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the server has closed a connection')))
      socket.on('data', (answer: Buffer) => {
        if (!isRight(answer, body))
          return reject(new Error(`a wrong answer: ${answer.toString('latin1').slice(0, 500)}`))
        left--
        if (left === 0) resolve()
        else socket.write(request)
      })
      socket.write(request)
    })
  } finally {
    socket.destroy()
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

function isRight(answer: Buffer, body: Buffer): boolean {
  return (
    answer.compare(RIGHT_START, 0, RIGHT_START.length, 0, RIGHT_START.length) === 0 &&
    answer.compare(body, 0, body.length, Math.max(0, answer.length - body.length)) === 0
  )
}

function parse(answer: Buffer): RawAnswer {
  const split = answer.indexOf(HEAD_END)
  const [first = '', ...lines] = answer.toString('latin1', 0, split).split('\r\n')
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })
  return { status: Number(first.split(' ')[1]), headers, body: answer.subarray(split + HEAD_END.length) }
}

import { connect } from 'node:net'

import { fuzzedRequest } from './fuzz-requests.ts'
import type { FuzzedRequest } from './fuzz-requests.ts'

/** What came of many fuzzed requests, each on a connection of its own. */
export interface FuzzFigures {
  /** Connections by the status of the first answer on them. */
  readonly statuses: Record<string, number>
  /** Ended by the server without a word. */
  closed: number
  /** Reset by the client, on purpose. */
  reset: number
  /** Seeds of those that the server had not ended when time was up. */
  readonly hung: number[]
  /** Seeds of those that were answered with what is no HTTP, or with 500. */
  readonly wrong: number[]
}

/** Longer than anything that a fuzzed request can ask the server to do. */
const HANG_MS = 20_000
/** Node gives a request up whose client has ended its side of the connection: most must wait for their answer. */
const PATIENCE_MS = 50
const WRONG = /^(?!HTTP\/1\.1 \d{3} )|HTTP\/1\.1 500 /

/** Sends fuzzed requests with the seeds `from` to `from + count - 1`, `parallel` at a time. */
export async function fuzz(
  url: string,
  { from, count, parallel }: { readonly from: number; readonly count: number; readonly parallel: number },
): Promise<FuzzFigures> {
  const figures: FuzzFigures = { statuses: {}, closed: 0, reset: 0, hung: [], wrong: [] }
  const port = Number(new URL(url).port)
  let next = from
  const sendNext = async (): Promise<void> => {
    while (next < from + count) await sendOne(port, next++, figures)
  }
  await Promise.all(Array.from({ length: parallel }, sendNext))
  return figures
}

function sendOne(port: number, seed: number, figures: FuzzFigures): Promise<void> {
  const { pieces, ending } = fuzzedRequest(seed)
  return new Promise((resolve) => {
    // Many addresses of our own: each has ports of its own, and a token bucket.
    const localAddress = `127.0.1.${1 + (seed % 200)}`
    const socket = connect({ host: '127.0.0.1', port, localAddress })
    let received = ''
    const timer = setTimeout(() => {
      figures.hung.push(seed)
      socket.destroy()
    }, HANG_MS)
    // A server may end the connection while we still write.
    socket.on('error', () => undefined)
    socket.on('data', (data: Buffer) => (received += data.toString('latin1')))
    socket.once('close', () => {
      clearTimeout(timer)
      note(figures, seed, received, ending)
      resolve()
    })
    const waitForAnswer = (): void => {
      const impatience = setTimeout(() => socket.end(), PATIENCE_MS)
      socket.once('close', () => clearTimeout(impatience))
      socket.once('data', () => {
        clearTimeout(impatience)
        socket.end()
      })
    }
    socket.once('connect', () => {
      const writeNext = (index: number): void => {
        const piece = pieces[index]
        if (socket.destroyed) return
        if (piece !== undefined) socket.write(piece, () => setImmediate(writeNext, index + 1))
        else if (ending === 'reset') socket.resetAndDestroy()
        else if (ending === 'end' || received !== '') socket.end()
        else waitForAnswer()
      }
      writeNext(0)
    })
  })
}

function note(figures: FuzzFigures, seed: number, received: string, ending: FuzzedRequest['ending']): void {
  if (received === '') {
    if (ending === 'reset') figures.reset++
    else figures.closed++
    return
  }
  if (WRONG.test(received)) figures.wrong.push(seed)
  const status = received.slice(9, 12)
  figures.statuses[status] = (figures.statuses[status] ?? 0) + 1
}
